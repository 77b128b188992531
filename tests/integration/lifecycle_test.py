"""sync and gate on real servers: form, grow and shrink under load without losing a key, and do nothing when there is nothing
to do. Groups 1, 8 and 9 of the tests, I8 and some rules of the design by name; the long version has a million keys."""

import json
import os
import signal
import subprocess
import threading
import time

from lib.case import LONG, HookCase, desired_state, main, per_server, servers
from lib.checks import census, check_types, count_commands, every_type, fill, settled, write_commands
from lib.load import Load
from lib.resp import slot_of
from lib.servers import hook_program, info, join, ok, parse_nodes, state_ok, until, view


@per_server
class Form(HookCase):
    @servers()
    def test_group_1_I8_three_empty_nodes_become_a_cluster_and_a_second_run_writes_nothing(self, fleet):
        nodes = fleet.add(3)
        # The slow log is how count_commands() counts on 6.2.
        desired = desired_state(nodes, engine=self.engine(), config={"cluster-node-timeout": "5000", "slowlog-log-slower-than": "0",
                                                                     "slowlog-max-len": "100000"})
        self.hook("sync", desired)
        settled(self, nodes, spread=(5461, 5462))
        self.assertEqual({n.call("CONFIG", "GET", "cluster-node-timeout")[1] for n in nodes}, {b"5000"})
        count_commands(nodes)
        began = time.monotonic()
        result = self.hook("sync", desired)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(write_commands(nodes), {})
        self.assertEqual(result.events()[-1]["steps"], 0)

    @servers("redis-6.2", "redis-7.0", "valkey-9.1")
    def test_group_1_one_node_is_a_cluster_too(self, fleet):
        nodes = fleet.add(1)
        self.hook("sync", desired_state(nodes, engine=self.engine()))
        settled(self, nodes)

    @servers("redis-7.0", "redis-8.0", "valkey-8.0", "valkey-9.1")
    def test_group_1_three_shards_with_a_replica_each(self, fleet):
        nodes = fleet.add(6)
        self.hook("sync", desired_state(nodes, replicas=1, engine=self.engine()))
        settled(self, nodes)
        for primary, replica in zip(nodes[::2], nodes[1::2]):
            self.assertEqual(info(replica, "replication")["master_link_status"], "up")
            self.assertEqual(info(replica, "replication")["master_port"], str(primary.port))

    @servers("redis-7.0", "valkey-8.1")
    def test_group_1_half_joined_nodes_are_finished(self, fleet):
        nodes = fleet.add(6)
        nodes[0].call("CLUSTER", "MEET", nodes[1].host, nodes[1].port, nodes[1].port + 10000)
        nodes[4].call("CLUSTER", "ADDSLOTS", *range(100))
        self.hook("sync", desired_state(nodes, engine=self.engine()))
        settled(self, nodes, spread=(2730, 2731))

    @servers("redis-7.0", "valkey-9.1")
    def test_group_1_twelve_nodes_in_six_shards(self, fleet):
        nodes = fleet.add(12)
        self.hook("sync", desired_state(nodes, replicas=1, engine=self.engine()))
        settled(self, nodes, spread=(2730, 2731))

    @servers("redis-8.0", "valkey-8.1")
    def test_group_1_thirty_nodes(self, fleet):
        nodes = fleet.add(30)
        self.hook("sync", desired_state(nodes, engine=self.engine()))
        settled(self, nodes, spread=(546, 547))

    @servers("redis-7.0", "valkey-9.1")
    def test_group_1_a_node_that_holds_keys_already_is_refused(self, fleet):
        nodes = fleet.add(3)
        nodes[1].call("CLUSTER", "ADDSLOTS", *range(16384))
        until(lambda: ok(nodes[1], "SET", "precious", "data"), 20, "the node takes a key")
        nodes[1].call("CLUSTER", "DELSLOTS", *range(16384))
        result = self.hook("sync", desired_state(nodes, engine=self.engine()), expect=3)
        self.assertIn("not_empty", result.err)
        self.assertEqual(nodes[1].call("DBSIZE"), 1)

    @servers("redis-7.0")
    def test_group_1_a_node_that_is_late_is_waited_for(self, fleet):
        nodes = fleet.add(3)
        nodes[2].kill()
        threading.Timer(1.5, nodes[2].start).start()
        self.hook("sync", desired_state(nodes))
        settled(self, nodes)

    @servers("redis-7.0")
    def test_group_1_a_node_that_never_comes_ends_the_run_in_time(self, fleet):
        nodes = fleet.add(3)
        nodes[2].kill()
        result = self.hook("sync", desired_state(nodes), "--timeout", "2s", expect=1)
        self.assertIn("Connection refused", result.err)
        self.assertEqual([len(view(n)) for n in nodes[:2]], [1, 1])

    @servers("redis-7.0", "valkey-9.1")
    def test_group_1_two_hooks_at_once_lose_nothing(self, fleet):
        nodes = fleet.add(3)
        desired = json.dumps(desired_state(nodes, engine=self.engine()))
        processes = [subprocess.Popen([hook_program(), "sync", "--desired", desired], stderr=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual([p.wait(60) for p in processes], [0, 0])
        settled(self, nodes, spread=(5461, 5462))

    @servers("redis-7.0", "valkey-9.1")
    def test_group_1_a_heal_that_comes_first_leaves_a_new_cluster_to_sync(self, fleet):
        nodes = fleet.add(3)
        desired = desired_state(nodes, engine=self.engine(), storage=True)
        alone = self.hook("heal", desired, "--lock-timeout", "500ms", expect=3)
        self.assertEqual(alone.events()[-1]["code"], "not_formed")
        heal = subprocess.Popen([hook_program(), "heal", "--desired", json.dumps(desired)], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        began = time.monotonic()
        self.hook("sync", desired)
        self.assertLess(time.monotonic() - began, 20, "heal did not keep the lock")
        self.assertEqual(heal.wait(60), 0)
        settled(self, nodes, spread=(5461, 5462))

    @servers("redis-7.0")
    def test_a_hook_that_waits_for_another_one_exits_4(self, fleet):
        nodes = fleet.add(3)
        holders = [node.connect() for node in nodes]
        for holder in holders:
            holder.call("CLIENT", "SETNAME", "autocache-hook:cache:somebody")
        self.hook("sync", desired_state(nodes), "--lock-timeout", "500ms", expect=4)
        for holder in holders:
            holder.close()
        self.hook("sync", desired_state(nodes))

    @servers("redis-7.0")
    def test_group_1_ipv6_addresses(self, fleet):
        try:
            nodes = fleet.add(3, host="::1")
        except RuntimeError as problem:
            self.skipTest("no IPv6 on this machine: %s" % str(problem)[:60])
        self.hook("sync", desired_state(nodes))
        settled(self, nodes)

    @servers("redis-6.2", "redis-7.0", "valkey-8.0", "valkey-9.1")
    def test_group_8_a_password_from_a_file_and_its_slots_move_too(self, fleet):
        nodes = fleet.add(4, options=("--requirepass", "s e\"cret", "--masterauth", "s e\"cret"), password="s e\"cret")
        path = os.path.join(fleet.folder, "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write("s e\"cret\n")
        auth = {"username": "", "passwordFile": path}
        result = self.hook("sync", desired_state(nodes[:3], auth=auth, engine=self.engine()))
        fill(nodes[:3], 2000)
        result.err += self.hook("sync", desired_state(nodes, auth=auth, engine=self.engine()), "--verbose").err
        settled(self, nodes, spread=(4096,))
        census(self, nodes, 2000)
        self.assertNotIn("cret", result.err)
        with open(path, "w", encoding="utf-8") as file:
            file.write("nonsense")
        self.hook("sync", desired_state(nodes, auth=auth, engine=self.engine()), "--timeout", "2s", expect=1)

    @servers("redis-7.0", "valkey-9.1")
    def test_live_configuration_is_applied_and_read_back(self, fleet):
        nodes = fleet.add(3)
        config = {"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}
        self.hook("sync", desired_state(nodes, config=config, engine=self.engine()))
        for node in nodes:
            self.assertEqual(node.call("CONFIG", "GET", "maxmemory")[1], b"104857600")
            self.assertEqual(node.call("CONFIG", "GET", "maxmemory-policy")[1], b"allkeys-lru")
        nodes[1].call("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.hook("tier", desired_state(nodes, config=config, engine=self.engine()))
        self.assertEqual(nodes[1].call("CONFIG", "GET", "maxmemory-policy")[1], b"allkeys-lru")

    @servers("redis-7.0")
    def test_a_dry_run_prints_steps_and_writes_nothing(self, fleet):
        nodes = fleet.add(3)
        count_commands(nodes)
        result = self.hook("sync", desired_state(nodes), "--dry-run")
        steps = [json.loads(line) for line in result.out.splitlines()]
        self.assertGreater(len(steps), 0)
        self.assertEqual(write_commands(nodes), {})
        self.assertEqual([len(view(n)) for n in nodes], [1, 1, 1])

    @servers("redis-7.0")
    def test_metrics_status_and_log_tell_the_truth(self, fleet):
        nodes = fleet.add(3)
        path = os.path.join(fleet.folder, "hook.prom")
        result = self.hook("sync", desired_state(nodes), "--metrics-file", path)
        with open(path, encoding="utf-8") as file:
            self.assertIn('autocache_hook_success{cluster="cache",command="sync"} 1\n', file.read())
        self.assertEqual(result.events()[-1]["event"], "done")
        status = json.loads(self.hook("status", desired_state(nodes), "-o", "json").out)
        self.assertEqual((status["version"], status["state"], status["slotsAssigned"]), (1, "ok", 16384))
        self.assertEqual([n["role"] for n in status["nodes"]], ["primary"] * 3)
        nodes[2].kill()
        status = json.loads(self.hook("status", desired_state(nodes), "-o", "json").out)
        self.assertEqual(status["state"], "failed")
        self.assertIn("node_down", [p["code"] for p in status["problems"]])


@per_server
class GrowAndShrink(HookCase):
    def watch(self, nodes):
        """Asks every node all the time whether it is ok; returns (stop, list of nodes that were not)."""
        bad, running = [], [True]

        def work():
            while running[0]:
                try:
                    bad.extend(n.address for n in nodes if not state_ok(n))
                except OSError as problem:
                    bad.append(str(problem))
                time.sleep(0.05)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()

        def stop():
            running[0] = False
            thread.join()
            return bad
        return stop

    def left(self, nodes, extra):
        """The nodes that gate removed are empty, still redirect clients, and a second gate has nothing to do."""
        for node in extra:
            self.assertEqual(node.call("DBSIZE"), 0)
            self.assertTrue(state_ok(node), "a removed node answers CLUSTERDOWN")
            self.assertEqual(view(node)[node.id()]["slots"], set())
        count_commands(nodes)
        self.hook("gate", desired_state(nodes, surplus=extra, engine=self.engine()))
        self.assertEqual(write_commands(nodes), {})

    def grow_and_shrink(self, fleet, count, more, *options, content=False):
        nodes = fleet.form(count)
        total = fill(nodes, 1000000 if LONG else 20000)
        everything = every_type(nodes) if content else {}
        stop_watch = self.watch(nodes)
        with Load(nodes) as load:
            extra = fleet.add(more)
            result = self.hook("sync", desired_state(nodes + extra, engine=self.engine()), *options)
            wanted = 16384 // (count + more)
            settled(self, nodes + extra, spread=(wanted, wanted + 1))
            # I9: the fewest moves.
            self.assertEqual(result.events()[-1]["slots_moved"], sum(len(view(n)[n.id()]["slots"]) for n in extra))
            check_types(self, nodes, everything)
            self.hook("gate", desired_state(nodes, surplus=extra, engine=self.engine()), *options)
            settled(self, nodes)
            with Load(extra, keys=50, name="late") as late:
                time.sleep(1)
                late.stop()
                self.assertEqual((late.errors(), late.lost()), ({}, []))
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
            check_types(self, nodes, everything)
        self.assertEqual(stop_watch(), [])
        self.left(nodes, extra)
        census(self, nodes, total + len(everything) + load.held() + late.held())

    @servers("redis-6.2", "redis-8.0", "valkey-8.0", "valkey-8.1")
    def test_group_9_three_to_four_and_back_under_load(self, fleet):
        self.grow_and_shrink(fleet, 3, 1)

    @servers("redis-7.0", "valkey-9.1")
    def test_group_9_I4_three_to_six_and_back_under_load_with_every_type(self, fleet):
        self.grow_and_shrink(fleet, 3, 3, content=True)

    @servers("redis-7.0", "valkey-8.0", "valkey-9.1")
    def test_group_9_three_to_six_and_back_fast(self, fleet):
        self.grow_and_shrink(fleet, 3, 3, "--fast")

    @servers("redis-7.0", "valkey-8.0", "valkey-8.1", "valkey-9.1")
    def test_group_9_shards_with_replicas_come_and_go(self, fleet):
        nodes = fleet.form(3, 1)
        fill(nodes[::2], 5000)
        with Load(nodes[::2]) as load:
            extra = fleet.add(2)
            self.hook("sync", desired_state(nodes + extra, replicas=1, engine=self.engine()), "--fast")
            settled(self, nodes + extra, spread=(4096,))
            self.assertEqual(info(extra[1], "replication")["master_link_status"], "up")
            self.hook("gate", desired_state(nodes, surplus=extra, replicas=1, engine=self.engine()), "--fast")
            settled(self, nodes)
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
            self.assertTrue(all(state_ok(n) for n in extra))
            # The same nodes come back with the nodes.conf of last time.
            for node in extra:
                node.kill()
                node.start()
            self.hook("sync", desired_state(nodes + extra, replicas=1, engine=self.engine()), "--fast")
            settled(self, nodes + extra, spread=(4096,))

    @servers("redis-7.0", "valkey-9.1")
    def test_sigterm_leaves_no_open_slot(self, fleet):
        nodes = fleet.form(3)
        fill(nodes, 60000)
        extra, = fleet.add()
        desired = desired_state(nodes + [extra], engine=self.engine(), rateLimitMBps=1)
        process = subprocess.Popen([hook_program(), "sync", "--desired", json.dumps(desired)], stderr=subprocess.DEVNULL)
        until(lambda: len(view(extra).get(extra.id(), {"slots": ()})["slots"]) > 20, 30, "some slots have moved")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 1)
        until(lambda: all(not n["open"] for s in nodes + [extra] for n in view(s).values()), 2, "no open slot")
        census(self, nodes + [extra], 60000)
        self.hook("sync", desired_state(nodes + [extra], engine=self.engine()), "--fast")
        settled(self, nodes + [extra], spread=(4096,))

    @servers("redis-7.0", "valkey-9.1")
    def test_the_rate_limit_holds_within_a_tenth(self, fleet):
        """Never above; and not below, in one of a few tries: something else may run on this machine."""
        nodes = fleet.form(2)
        size, limit = 40000, 4
        tags = [tag for tag in range(20000) if slot_of("{%d}" % tag) < 300][:60]
        with nodes[0].connect() as source:
            source.pipeline(("SET", "{%d}%d" % (tag, n), "v" * size) for tag in tags for n in range(9))
        for number in range(4):
            rate = self.rate_of_move(nodes, number % 2, len(tags) * 9, size, limit)
            self.assertLess(rate, limit * 1_100_000)
            if rate > limit * 900_000:
                return
        self.fail("never more than nine tenths of the limit")

    def rate_of_move(self, nodes, source, moving, size, limit):
        """Moves the slots 0 to 299: bytes of values that arrive, per second. Few slots, so that the bytes and not the slots set the pace."""
        plan = {"0-299": "cache-%d" % (1 - source), "300-8191": "cache-0", "8192-16383": "cache-1"}
        process = subprocess.Popen([hook_program(), "sync", "--desired", json.dumps(
            desired_state(nodes, engine=self.engine(), slotPlan=plan, rateLimitMBps=limit))], stderr=subprocess.DEVNULL)
        with nodes[1 - source].connect() as target:
            began = done = None
            while process.poll() is None and done != moving:
                done = target.call("DBSIZE")
                # The first tenth is the start.
                began = began or (done >= moving // 10 and (time.monotonic(), done)) or None
                time.sleep(0.005)
            rate = (done - began[1]) * size / (time.monotonic() - began[0])
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(done, moving)
        return rate

    @servers("redis-7.0", "valkey-9.1")
    def test_group_8_rule_8_a_destination_without_room_is_refused(self, fleet):
        nodes = fleet.form(3)
        fill(nodes, 4000, size=5000)
        extra, = fleet.add(options=("--maxmemory", "4mb"))
        self.hook("sync", desired_state(nodes + [extra], engine=self.engine()), "--timeout", "20s", expect=3)
        census(self, nodes, 4000)


@per_server
class Gate(HookCase):
    @servers("redis-7.0")
    def test_rule_10_a_password_that_comes_later_in_the_same_sync_does_not_stop_a_first_install(self, fleet):
        desired = desired_state([], auth={"username": "", "passwordFile": os.path.join(fleet.folder, "later")})
        desired["nodes"] = ["cache-0.cache-headless.nowhere.invalid:6379@16379"]
        desired["namespace"] = "nowhere"
        result = self.hook("gate", desired)
        self.assertIn("no_password", result.err)

    @servers("redis-7.0")
    def test_rule_3_a_first_install_is_fine(self, fleet):
        desired = desired_state([])
        desired["nodes"] = ["cache-0.cache-headless.nowhere.invalid:6379@16379"]
        desired["namespace"] = "nowhere"
        self.hook("gate", desired)

    @servers("redis-7.0")
    def test_a_desired_node_that_refuses_connections_exits_1(self, fleet):
        nodes = fleet.form(3)
        nodes[2].kill()
        extra, = fleet.add()
        self.hook("gate", desired_state(nodes, surplus=[extra]), "--timeout", "3s", expect=1)

    @servers("redis-7.0")
    def test_rule_5_a_surplus_owner_that_is_down_exits_3(self, fleet):
        nodes = fleet.form(4)
        nodes[3].kill()
        self.hook("gate", desired_state(nodes[:3], surplus=nodes[3:]), "--timeout", "20s", expect=3)

    @servers("redis-7.0")
    def test_rule_2_a_stranger_stops_everything(self, fleet):
        nodes = fleet.form(4)
        before = parse_nodes(nodes[0].call("CLUSTER", "NODES")).keys()
        self.hook("sync", desired_state(nodes[:3]), "--timeout", "20s", expect=3)
        self.assertEqual(parse_nodes(nodes[0].call("CLUSTER", "NODES")).keys(), before)


if __name__ == "__main__":
    main()
