"""kill -9 of the hook right after its Nth command, for every N until it gets through: one more run must converge with
nothing lost, no key doubled, no slot open and no error at the clients."""

import os
import sys

from lib.case import HookCase, desired_state, main, per_server, servers
from lib.checks import census, fill, settled
from lib.load import Load
from lib.servers import view

# A whole matrix takes minutes; AUTOCACHE_CRASH_STEP=1 tries every single point.
STEP = int(os.environ.get("AUTOCACHE_CRASH_STEP", "3"))
KILLED = -9


@per_server
class HookIsKilled(HookCase):
    def crash(self, command, desired, number, *more):
        """True if the hook was killed at its `number`th command, False if it ended before."""
        result = self.hook(command, desired, *more, expect=None, environment={"AUTOCACHE_HOOK_CRASH_AFTER": str(number)})
        if result.code != KILLED:
            self.assertEqual(result.code, 0, result)
        return result.code == KILLED

    def points(self, run, most=400):
        """Calls run(n) for n = 1, 1 + STEP, ... until it returns False; returns the number of crashes."""
        crashes = 0
        for number in range(1, most, STEP):
            if not run(number):
                return crashes
            crashes += 1
        return crashes

    @servers("redis-7.0", "valkey-9.1")
    def test_at_every_command_of_a_slot_move(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 4000)
        plans = [{"0-5460": "cache-0", "5461-10921": "cache-1", "10922-16383": "cache-2"},
                 {"0-5448": "cache-0", "5449-10921": "cache-1", "10922-10927": "cache-0", "10928-16383": "cache-2"}]
        with Load(nodes) as load:
            def run(number):
                desired = desired_state(nodes, engine=self.engine(), slotPlan=plans[number // STEP % 2])
                killed = self.crash("sync", desired, number, *(["--fast"] if number % 2 else []))
                self.hook("sync", desired)
                settled(self, nodes)
                return killed
            self.hook("sync", desired_state(nodes, engine=self.engine(), slotPlan=plans[1]))
            crashes = self.points(run)
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
        census(self, nodes)
        self.assertEqual(sum(n.call("DBSIZE") for n in nodes) - sum(len(e) for e in load.expected), total)
        self.report("slot move", crashes)

    @servers("redis-7.0", "valkey-9.1")
    def test_at_every_command_of_a_join_and_a_forget(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 2000)
        extra, = fleet.add()
        grown = desired_state(nodes + [extra], engine=self.engine(), slotPlan={"0-5440": "cache-0", "5441-5460": "cache-3",
                                                                               "5461-10921": "cache-1", "10922-16383": "cache-2"})
        shrunk = desired_state(nodes, surplus=[extra], engine=self.engine())
        with Load(nodes) as load:
            def join(number):
                killed = self.crash("sync", grown, number, "--fast")
                self.hook("sync", grown, "--fast")
                settled(self, nodes + [extra])
                self.hook("gate", shrunk, "--fast")
                return killed

            def leave(number):
                self.hook("sync", grown, "--fast")
                killed = self.crash("gate", shrunk, number, "--fast")
                self.hook("gate", shrunk, "--fast")
                settled(self, nodes)
                # Forgotten, not reset: it still sends clients to the owners.
                self.assertEqual([n.address for n in nodes if extra.id() in view(n)], [])
                return killed
            crashes = self.points(join, 120) + self.points(leave, 150)
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
        census(self, nodes)
        self.assertEqual(sum(n.call("DBSIZE") for n in nodes) - sum(len(e) for e in load.expected), total)
        self.report("join and forget", crashes)

    @servers("redis-7.0", "valkey-8.1")
    def test_at_every_command_of_forming_a_cluster(self, fleet):
        crashes = 0
        for number in range(1, 90, 3 * STEP):
            nodes = fleet.add(4)
            desired = desired_state(nodes, replicas=1, engine=self.engine(), config={"cluster-node-timeout": "5000"})
            killed = self.crash("sync", desired, number)
            self.hook("sync", desired)
            settled(self, nodes)
            self.assertEqual({n.call("CONFIG", "GET", "cluster-node-timeout")[1] for n in nodes}, {b"5000"})
            for node in nodes:
                node.stop()
            crashes += killed
            if not killed:
                break
        self.report("forming", crashes)

    def report(self, what, crashes):
        sys.stderr.write("%s on %s: %d crashes survived " % (what, self.server, crashes))
        self.assertGreater(crashes, 2)


if __name__ == "__main__":
    main()
