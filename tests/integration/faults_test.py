"""Groups 5, 6 and 8 of the tests: servers that die or hang while slots move, networks that fail, destinations that are full. The run
that follows converges, and every acknowledged write is there."""

import json
import os
import subprocess
import time

from lib.case import LONG, HookCase, Result, desired_state, main, per_server, servers
from lib.checks import census, fill, settled
from lib.load import Client, Load
from lib.proxy import Proxy
from lib.resp import slot_of
from lib.servers import hook_program, info, state_ok, until, view

# Acknowledged is on disk.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


class Running:
    """A hook at work in the background."""

    def __init__(self, desired, *options, command="sync"):
        self.process = subprocess.Popen([hook_program(), command, "--desired", json.dumps(desired), *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, seconds=240):
        out, err = self.process.communicate(timeout=seconds)
        result = Result(subprocess.CompletedProcess([], self.process.returncode, out, err))
        return result


def one_more_run(case, hook, desired):
    """The hook that something happened to ends, done or not; the next one, as fast as it can, ends the work."""
    result = hook.end()
    case.assertIn(result.code, (0, 1), result)
    case.hook("sync", {k: v for k, v in desired.items() if k != "rateLimitMBps"}, "--fast")


def slots_of(server):
    return len(view(server)[server.id()]["slots"])


@per_server
class ServersFail(HookCase):
    def interrupted(self, fleet, victim, harm, undo, *, values=300, rate=2):
        """A move to a fourth node; in the middle `harm(server)` befalls the source, target or bystander, and later `undo(server)`."""
        fleet.options = DURABLE
        nodes = fleet.form(3)
        total = fill(nodes, 6000, size=values)
        extra, = fleet.add()
        everybody = nodes + [extra]
        # Everything comes from the first node: the third is a bystander.
        plan = {"0-2000": "cache-0", "2001-5460": "cache-3", "5461-10921": "cache-1", "10922-16383": "cache-2"}
        desired = desired_state(everybody, engine=self.engine(), slotPlan=plan, rateLimitMBps=rate)
        server = {"source": nodes[0], "target": extra, "bystander": nodes[2]}[victim]
        with Load(everybody) as load:
            hook = Running(desired)
            until(lambda: slots_of(extra) > 100, 40, "slots are moving")
            harm(server)
            time.sleep(1.5)
            undo(server)
            one_more_run(self, hook, desired)
            settled(self, everybody)
            load.stop()
            self.assertEqual(load.lost(), [])
        census(self, everybody, total + load.held() if not any(any(m.values()) for m in load.maybe) else None)
        client = Client(nodes)
        for number in range(total):
            key = "key:%010d" % number
            self.assertEqual(client.call(key, "STRLEN", key), values, key)
        client.close()

    @staticmethod
    def kill(server):
        server.kill()

    @staticmethod
    def start(server):
        server.start()

    @servers("redis-7.0", "valkey-8.1", "valkey-9.1")
    def test_group_5_kill_of_the_source(self, fleet):
        self.interrupted(fleet, "source", self.kill, self.start)

    @servers("redis-6.2", "redis-7.0", "valkey-8.0", "valkey-9.1")
    def test_group_5_kill_of_the_target(self, fleet):
        self.interrupted(fleet, "target", self.kill, self.start)

    @servers("redis-8.0", "valkey-9.1")
    def test_group_5_kill_of_a_bystander(self, fleet):
        self.interrupted(fleet, "bystander", self.kill, self.start)

    @servers("redis-7.0", "valkey-8.0")
    def test_group_5_SIGSTOP_of_the_source(self, fleet):
        self.interrupted(fleet, "source", lambda s: s.pause(), lambda s: s.resume())

    @servers("redis-6.2", "redis-8.0", "valkey-9.1")
    def test_group_5_SIGSTOP_of_the_target(self, fleet):
        self.interrupted(fleet, "target", lambda s: s.pause(), lambda s: s.resume())

    @servers("redis-7.0", "valkey-8.1")
    def test_group_5_SIGSTOP_of_a_bystander(self, fleet):
        self.interrupted(fleet, "bystander", lambda s: s.pause(), lambda s: s.resume())

    @servers("redis-7.0", "valkey-9.1")
    def test_group_5_SIGSTOP_of_the_target_for_three_node_timeouts(self, fleet):
        fleet.node_timeout = 1000

        def longer(server):
            time.sleep(2)
            server.resume()
        self.interrupted(fleet, "target", lambda s: s.pause(), longer)

    @servers("valkey-9.1")
    def test_group_10_kill_of_either_side_of_an_atomic_migration(self, fleet):
        fleet.options = DURABLE
        nodes = fleet.form(2)
        total = fill(nodes, 20000, size=2000)
        for victim in nodes:
            for number in range(3):
                share = 8192 if number % 2 else 6000
                desired = desired_state(nodes, engine="valkey", slotPlan={"0-%d" % (share - 1): "cache-0", "%d-16383" % share: "cache-1"})
                hook = Running(desired, "--fast")
                time.sleep(0.15 + 0.1 * number)
                victim.kill()
                victim.start()
                self.assertIn(hook.end().code, (0, 1))
                self.hook("sync", desired, "--fast")
                settled(self, nodes)
                census(self, nodes, total)

    @servers("redis-7.0", "redis-8.0", "valkey-8.0", "valkey-9.1")
    def test_group_5_kill_of_a_source_whose_replica_takes_over(self, fleet):
        nodes = fleet.form(3, 1)
        fleet.node_timeout = 2000
        for node in nodes:
            node.call("CONFIG", "SET", "cluster-node-timeout", 2000)
        total = fill(nodes, 4000, size=300)
        for primary, replica in zip(nodes[::2], nodes[1::2]):
            until(lambda: info(replica, "replication").get("master_repl_offset") == info(primary, "replication")["master_repl_offset"], 20, "replica")
        extra = fleet.add(2)
        for node in extra:
            node.call("CONFIG", "SET", "cluster-node-timeout", 2000)
        desired = desired_state(nodes + extra, replicas=1, engine=self.engine(), rateLimitMBps=1)
        hook = Running(desired)
        until(lambda: slots_of(extra[0]) > 50, 60, "slots are moving")
        nodes[0].kill()
        until(lambda: info(nodes[1], "replication")["role"] == "master", 30, "failover")
        nodes[0].forget_data()
        nodes[0].start()
        one_more_run(self, hook, desired)
        settled(self, nodes + extra, spread=(4096,))
        # What was in flight when the source died may exist once only: at its replica or at the target.
        census(self, nodes + extra, total)

    @servers("redis-6.2", "redis-7.0", "valkey-8.1", "valkey-9.1")
    def test_group_5_kill_of_a_replica_of_either_side(self, fleet):
        nodes = fleet.form(2, 1)
        total = fill(nodes, 6000, size=300)
        with Load(nodes[::2]) as load:
            for first, victim in ((6000, nodes[1]), (4000, nodes[3])):
                before = slots_of(nodes[2])
                desired = desired_state(nodes, replicas=1, engine=self.engine(), rateLimitMBps=1,
                                        slotPlan={"0-%d" % (first - 1): "cache-0", "%d-16383" % first: "cache-1"})
                hook = Running(desired)
                until(lambda: slots_of(nodes[2]) > before + 100, 60, "slots are moving")
                victim.kill()
                time.sleep(1)
                victim.start()
                one_more_run(self, hook, desired)
                settled(self, nodes)
            load.stop()
            self.assertEqual((load.errors(), load.lost()), ({}, []))
        census(self, nodes, total + load.held())
        for primary, replica in zip(nodes[::2], nodes[1::2]):
            until(lambda: primary.call("DEBUG", "DIGEST") == replica.call("DEBUG", "DIGEST"), 20, "the replica has caught up")

    @servers("redis-7.0", "valkey-8.0", "valkey-9.1")
    def test_group_10_a_replica_that_hangs_does_not_stop_a_move_for_good(self, fleet):
        nodes = fleet.form(2, 1)
        total = fill(nodes, 2000)
        wanted = desired_state(nodes, replicas=1, engine=self.engine(), slotPlan={"0-8100": "cache-0", "8101-16383": "cache-1"})
        nodes[1].pause()
        result = self.hook("sync", wanted, "--timeout", "8s", "--fast", expect=1)
        self.assertNotIn("panic", result.err)
        nodes[1].resume()
        until(lambda: all(state_ok(n) for n in nodes), 20, "all are ok")
        self.hook("sync", wanted, "--fast")
        settled(self, nodes)
        census(self, nodes, total)


@per_server
class NetworkFails(HookCase):
    @servers("redis-6.2", "redis-7.0", "valkey-8.1", "valkey-9.1")
    def test_group_6_the_hooks_connections_are_cut_at_any_byte(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 3000)
        plans = [{"0-5460": "cache-0", "5461-10921": "cache-1", "10922-16383": "cache-2"},
                 {"0-5400": "cache-0", "5401-10921": "cache-1", "10922-16383": "cache-2"}]
        with Proxy(nodes[0].port) as a, Proxy(nodes[1].port) as b, Load(nodes) as load:
            for number in range(120 if LONG else 24):
                proxy = (a, b)[number % 2]
                desired = desired_state(nodes, engine=self.engine(), slotPlan=plans[number // 2 % 2])
                desired["nodes"][:2] = ["127.0.0.1:%d@%d" % (p.port, n.port + 10000) for p, n in ((a, nodes[0]), (b, nodes[1]))]
                before = proxy.cuts
                proxy.cut_after(300 + number * (1000 if number % 3 else 173))
                result = self.hook("sync", desired, "--fast", "--timeout", "30s")
                self.assertEqual(result.code, 0)
                proxy.cut_after(1 << 40)
                settled(self, nodes)
                self.assertLessEqual(proxy.cuts - before, 2)
            self.assertGreater(a.cuts + b.cuts, 10)
            load.stop()
            self.assertEqual((load.errors(), load.lost()), ({}, []))
        census(self, nodes, total + load.held())

    @servers("redis-7.0", "valkey-8.0")
    def test_group_6_a_connection_that_goes_dead_ends_in_a_timeout(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 3000, size=500)
        with Proxy(nodes[1].port) as proxy:
            desired = desired_state(nodes, engine=self.engine(), rateLimitMBps=1,
                                    slotPlan={"0-2000": "cache-0", "2001-10921": "cache-1", "10922-16383": "cache-2"})
            desired["nodes"][1] = "127.0.0.1:%d@%d" % (proxy.port, nodes[1].port + 10000)
            hook = Running(desired, "--timeout", "20s")
            until(lambda: slots_of(nodes[1]) > 5600, 40, "slots are moving")
            proxy.freeze()
            time.sleep(4)
            proxy.open()
            one_more_run(self, hook, desired)
        settled(self, nodes)
        census(self, nodes, total)

    @servers("redis-6.2", "redis-8.0", "valkey-9.1")
    def test_group_6_the_bus_to_the_target_is_cut_during_a_move(self, fleet):
        """The others reach the bus port of the target through a proxy only."""
        nodes = fleet.form(3)
        total = fill(nodes, 4000, size=300)
        with Proxy(0) as proxy:
            extra, = fleet.add(options=("--cluster-announce-bus-port", str(proxy.port)))
            proxy.target = (extra.host, extra.port + 10000)
            desired = desired_state(nodes + [extra], engine=self.engine(), rateLimitMBps=1)
            desired["nodes"][3] = "%s@%d" % (extra.address, proxy.port)
            hook = Running(desired)
            until(lambda: slots_of(extra) > 100, 60, "slots are moving")
            proxy.close()
            time.sleep(6)
            proxy.open()
            one_more_run(self, hook, desired)
            settled(self, nodes + [extra], spread=(4096,))
            census(self, nodes + [extra], total)

    @servers("redis-6.2", "redis-7.0", "redis-8.0", "valkey-8.1")
    def test_group_6_a_slot_goes_and_comes_back_while_an_old_message_is_late(self, fleet):
        """The first gives its last slot to the second and gets it back; each time what the second has told it before the move, on its own
        connection, arrives only after it. Redis 7.0.13 to 7.2.3 take that as "the owner does not claim it", remember it, and at the way
        back would give the slot to the second again and drop its keys."""
        with Proxy(0) as to_first, Proxy(0) as to_second:
            proxies, nodes = (to_first, to_second), []
            for proxy in proxies:
                nodes += fleet.add(options=("--cluster-announce-bus-port", str(proxy.port)))
                proxy.target = (nodes[-1].host, nodes[-1].port + 10000)

            def wanted(border):
                desired = desired_state(nodes, engine=self.engine(),
                                        slotPlan={"0-%d" % (border - 1): "cache-0", "%d-16383" % border: "cache-1"})
                desired["nodes"] = ["%s@%d" % (node.address, proxy.port) for node, proxy in zip(nodes, proxies)]
                return desired
            self.hook("sync", wanted(8192))
            settled(self, nodes)
            tag = next(t for t in range(1 << 20) if slot_of("{%d}" % t) == 8191)
            client = Client(nodes)
            for number in range(50):
                key = "{%d}%d" % (tag, number)
                client.call(key, "SET", key, "v")
            client.close()
            for taker, border in ((nodes[1], 8191), (nodes[0], 8192)):
                to_first.freeze()
                until(lambda: to_first.holds, 10, "the second speaks to the first")
                hook = Running(wanted(border))
                until(lambda: 8191 in view(taker)[taker.id()]["slots"], 10, "the slot is at its target")
                time.sleep(0.3)
                to_first.open()
                result = hook.end()
                self.assertEqual(result.code, 0, result)
                settled(self, nodes)
                census(self, nodes, 50)


@per_server
class Refusals(HookCase):
    @servers("redis-6.2", "redis-7.0", "valkey-8.1", "valkey-9.1")
    def test_group_8_a_destination_that_fills_up_during_a_move_stops_it_and_more_room_ends_it(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 6000, size=3000)
        extra, = fleet.add()
        desired = desired_state(nodes + [extra], engine=self.engine(), rateLimitMBps=2)
        hook = Running(desired, "--timeout", "15s")
        until(lambda: slots_of(extra) > 100, 40, "slots are moving")
        extra.call("CONFIG", "SET", "maxmemory", int(info(extra, "memory")["used_memory"]) + 100000)
        self.assertIn(hook.end().code, (1, 3))
        # The slot at which it stopped may be half-way.
        census(self, nodes + [extra], importing="too")
        client = Client(nodes)
        self.assertEqual({client.call("key:%010d" % n, "STRLEN", "key:%010d" % n) for n in range(total)}, {3000})
        client.close()
        extra.call("CONFIG", "SET", "maxmemory", 0)
        self.hook("sync", desired_state(nodes + [extra], engine=self.engine()), "--fast")
        settled(self, nodes + [extra], spread=(4096,))
        census(self, nodes + [extra], total)

    @servers()
    def test_group_8_an_ACL_user_moves_slots(self, fleet):
        user = ("hook", "s3cret")
        options = ("--user", "default", "off", "--user", "hook", "on", ">s3cret", "~*", "&*", "+@all", "--masteruser", "hook", "--masterauth", "s3cret")
        nodes = fleet.add(4, options=options, password=user)
        path = os.path.join(fleet.folder, "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write("s3cret\n")
        auth = {"username": "hook", "passwordFile": path}
        self.hook("sync", desired_state(nodes[:3], auth=auth, engine=self.engine()))
        total = fill(nodes[:3], 2000)
        self.hook("sync", desired_state(nodes, auth=auth, engine=self.engine()), "--fast")
        settled(self, nodes, spread=(4096,))
        census(self, nodes, total)
        self.hook("gate", desired_state(nodes[:3], surplus=nodes[3:], auth=auth, engine=self.engine()), "--fast")
        census(self, nodes[:3], total)

    @servers("redis-7.0", "valkey-8.0")
    def test_group_8_an_ACL_user_without_the_right_to_migrate_ends_in_an_error(self, fleet):
        nodes = fleet.form(2)
        for node in nodes:
            node.call("ACL", "SETUSER", "hook", "on", ">s3cret", "~*", "&*", "+@all", "-migrate")
        total = fill(nodes, 500)
        path = os.path.join(fleet.folder, "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write("s3cret\n")
        desired = desired_state(nodes, auth={"username": "hook", "passwordFile": path}, engine=self.engine(),
                                slotPlan={"0-7800": "cache-0", "7801-16383": "cache-1"})
        result = self.hook("sync", desired, "--timeout", "4s", "--fast", expect=1)
        self.assertIn("NOPERM", result.err)
        self.assertNotIn("s3cret", result.err)
        for node in nodes:
            node.call("ACL", "SETUSER", "hook", "+migrate")
        self.hook("sync", desired, "--fast")
        settled(self, nodes)
        census(self, nodes, total)

    def test_group_8_TLS_is_there_or_says_that_it_is_not(self):
        state = {"version": 1, "name": "cache", "engine": "redis", "nodes": ["127.0.0.1:1@2"], "tls": {"caFile": "/nonexistent"}}
        result = self.hook("status", state, "--timeout", "1s", expect=None)
        self.assertNotEqual(result.code, 0)
        self.assertRegex(result.err, "TLS|tls|caFile|certificate|/nonexistent")


if __name__ == "__main__":
    main()
