"""Groups 2 and 3 of the tests: kill -9 of the hook right after its Nth command, for every N until there is nothing left to kill, and at
random moments. One more run must converge with nothing lost, no key doubled, no slot open and no error at the clients."""

import json
import os
import random
import subprocess
import sys
import time

from lib.case import LONG, HookCase, desired_state, main, per_server, servers
from lib.checks import census, fill, settled
from lib.load import Load, TRYAGAIN_AFTER_A_KILL
from lib.servers import hook_program, info, view

# Every single point, or every STEP-th where a point takes seconds.
STEP = 1 if LONG else 9
KILLED = -9
# The hook ends with a look at every slot: so many points in a row after which nothing had to be done.
ENOUGH = 12


@per_server
class HookIsKilled(HookCase):
    def crash(self, command, desired, number, *more):
        """True if the hook was killed at its `number`th command, False if it ended before."""
        result = self.hook(command, desired, *more, expect=None, environment={"AUTOCACHE_HOOK_CRASH_AFTER": str(number)})
        if result.code != KILLED:
            self.assertEqual(result.code, 0, result)
        return result.code == KILLED

    def points(self, run, step=1, most=600):
        """Calls run(n) for n = 1, 1 + step, ... until the hook has done its work before it is killed. run() returns (killed, the steps
        that the run after it had to do). Returns the number of crashes in the middle of the work."""
        crashes = idle = 0
        for number in range(1, most, step):
            killed, rest = run(number)
            idle = 0 if rest else idle + 1
            crashes += 1 if killed else 0
            if not killed or (crashes > 3 * ENOUGH // step and idle * step >= ENOUGH):
                break
        return crashes - idle

    def converge(self, command, desired, *more):
        """The next run gets through; returns how many steps it had to do."""
        return self.hook(command, desired, *more).events()[-1]["steps"]

    def unharmed(self, nodes, load, total):
        load.stop()
        self.assertEqual(load.errors(), {})
        self.assertEqual(load.lost(), [])
        census(self, nodes, total + load.held())

    def moves(self, fleet, *options, step=1):
        nodes = fleet.form(3)
        total = fill(nodes, 4000)
        plans = [{"0-5460": "cache-0", "5461-10921": "cache-1", "10922-16383": "cache-2"},
                 {"0-5448": "cache-0", "5449-10921": "cache-1", "10922-10927": "cache-0", "10928-16383": "cache-2"}]
        with Load(nodes, patience=TRYAGAIN_AFTER_A_KILL) as load:
            def run(number):
                desired = desired_state(nodes, engine=self.engine(), slotPlan=plans[number // step % 2])
                killed = self.crash("sync", desired, number, *options)
                rest = self.converge("sync", desired, "--fast")
                settled(self, nodes)
                return killed, rest
            self.hook("sync", desired_state(nodes, engine=self.engine(), slotPlan=plans[0]))
            crashes = self.points(run, step)
            self.unharmed(nodes, load, total)
        return crashes

    @servers("redis-7.0", "valkey-9.1", *(("redis-6.2", "redis-8.0", "valkey-8.0", "valkey-8.1") if LONG else ()))
    def test_group_2_at_every_command_of_a_slot_move(self, fleet):
        self.report("slot move", self.moves(fleet), 40)

    @servers("redis-7.0", "valkey-9.1", *(("redis-6.2", "redis-8.0", "valkey-8.0", "valkey-8.1") if LONG else ()))
    def test_group_2_at_every_command_of_a_fast_slot_move(self, fleet):
        self.report("fast slot move", self.moves(fleet, "--fast"), 40)

    @servers("redis-7.0", "valkey-9.1")
    def test_group_2_at_every_command_of_a_slot_move_by_migrate(self, fleet):
        """A rate limit keeps Valkey 9 from using MIGRATESLOTS."""
        nodes = fleet.form(2)
        total = fill(nodes, 4000)
        plans = [{"0-8191": "cache-0", "8192-16383": "cache-1"}, {"0-8187": "cache-0", "8188-16383": "cache-1"}]
        with Load(nodes, patience=TRYAGAIN_AFTER_A_KILL) as load:
            def run(number):
                desired = desired_state(nodes, engine=self.engine(), slotPlan=plans[number % 2], rateLimitMBps=1000)
                killed = self.crash("sync", desired, number)
                rest = self.converge("sync", desired)
                settled(self, nodes)
                return killed, rest
            crashes = self.points(run)
            self.unharmed(nodes, load, total)
        self.report("slot move by MIGRATE", crashes, 40)

    @servers("redis-7.0", "valkey-9.1", *(("redis-6.2", "redis-8.0", "valkey-8.0", "valkey-8.1") if LONG else ()))
    def test_group_2_at_every_command_of_a_join_and_a_forget(self, fleet):
        if self.server in ("valkey-8.1", "valkey-9.1"):
            # The node comes back at once each time; the hook lets the ban of FORGET pass.
            fleet.options += ["--cluster-blacklist-ttl", "1"]
        nodes = fleet.form(3)
        total = fill(nodes, 2000)
        extra, = fleet.add()
        grown = desired_state(nodes + [extra], engine=self.engine(), config={"cluster-node-timeout": "5000"},
                              slotPlan={"0-5440": "cache-0", "5441-5460": "cache-3", "5461-10921": "cache-1", "10922-16383": "cache-2"})
        shrunk = desired_state(nodes, surplus=[extra], engine=self.engine())
        with Load(nodes, patience=TRYAGAIN_AFTER_A_KILL) as load:
            def join(number):
                killed = self.crash("sync", grown, number, "--fast")
                rest = self.converge("sync", grown, "--fast")
                settled(self, nodes + [extra])
                self.hook("gate", shrunk, "--fast")
                return killed, rest

            def leave(number):
                self.hook("sync", grown, "--fast")
                killed = self.crash("gate", shrunk, number, "--fast")
                rest = self.converge("gate", shrunk, "--fast")
                settled(self, nodes)
                # Forgotten, not reset: it still sends clients to the owners.
                self.assertEqual([n.address for n in nodes if extra.id() in view(n)], [])
                return killed, rest
            step = STEP if self.server in ("redis-6.2", "redis-7.0") else 4 * STEP  # the others wait for the ban each time
            crashes = self.points(join, step) + self.points(leave, step)
            self.unharmed(nodes, load, total)
        self.report("join and forget", crashes, 10)

    @servers("redis-7.0", "valkey-8.1")
    def test_group_2_at_every_command_of_forming_a_cluster(self, fleet):
        def run(number):
            nodes = fleet.add(4)
            desired = desired_state(nodes, replicas=1, engine=self.engine(), config={"cluster-node-timeout": "5000"})
            killed = self.crash("sync", desired, number)
            rest = self.converge("sync", desired)
            settled(self, nodes)
            self.assertEqual({n.call("CONFIG", "GET", "cluster-node-timeout")[1] for n in nodes}, {b"5000"})
            self.assertEqual({info(n, "replication")["master_link_status"] for n in nodes[1::2]}, {"up"})
            for node in nodes:
                node.stop()
            return killed, rest
        self.report("forming", self.points(run, 1 if LONG else 2 * STEP, 150), 5)

    @servers("redis-7.0", "valkey-9.1")
    def test_group_3_at_random_moments(self, fleet):
        nodes = fleet.form(4)
        total = fill(nodes, 20000)
        desired = [desired_state(nodes, engine=self.engine(), slotPlan=plan) for plan in (
            {"0-4095": "cache-0", "4096-8191": "cache-1", "8192-12287": "cache-2", "12288-16383": "cache-3"},
            {"0-4500": "cache-0", "4501-8300": "cache-1", "8301-12000": "cache-2", "12001-16383": "cache-3"})]
        seed = int(os.environ.get("AUTOCACHE_TEST_SEED", "0")) or random.randrange(1 << 30)
        chance = random.Random(seed)
        crashes = 0
        with Load(nodes, patience=TRYAGAIN_AFTER_A_KILL) as load:
            for number in range(240 if LONG else 18):
                wanted = desired[number % 2]
                command = [hook_program(), "sync", "--desired", json.dumps(wanted), *(["--fast"] if chance.random() < 0.7 else [])]
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
                time.sleep(chance.uniform(0.02, 0.3))
                process.kill()
                crashes += process.wait() == KILLED
                if number % 3 == 2:
                    self.hook("sync", wanted, "--fast")
                    settled(self, nodes)
            self.hook("sync", desired[0], "--fast")
            settled(self, nodes)
            with self.subTest(seed=seed):
                self.unharmed(nodes, load, total)
        self.report("random moments", crashes, 200 if LONG else 5)

    def report(self, what, crashes, least):
        sys.stderr.write("%s on %s: %d crashes survived " % (what, self.server, crashes))
        self.assertGreater(crashes, least)


if __name__ == "__main__":
    main()
