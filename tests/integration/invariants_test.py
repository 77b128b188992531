"""I1 to I13 (what must hold whenever the hook says that it is done), each as a test of its name, per server: a cluster with replicas is
formed, grows and shrinks under load once, and every test looks at what was seen meanwhile."""

import json
import threading
import time

from lib.case import SharedFleet, class_per_server, desired_state, main
from lib.checks import census, check_types, count_commands, every_type, fill, settled, write_commands
from lib.load import Load
from lib.servers import agree, info, ok, state_ok, until, view

KEYS = 10000


class Watch:
    """Asks every node each 50 ms: who was not ok, and whose current epoch went down."""

    def __init__(self, nodes):
        self.nodes, self.bad, self.regress, self.epochs, self.looks = list(nodes), [], [], {}, 0
        self.running = True
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        connections = [node.connect() for node in self.nodes]
        while self.running:
            for node, connection in zip(self.nodes, connections):
                text = connection.call("CLUSTER", "INFO").decode()
                fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
                if fields["cluster_state"] != "ok":
                    self.bad.append(node.address)
                epoch = int(fields["cluster_current_epoch"])
                if epoch < self.epochs.get(node.port, 0):
                    self.regress.append((node.address, self.epochs[node.port], epoch))
                self.epochs[node.port] = epoch
            self.looks += 1
            time.sleep(0.05)
        for connection in connections:
            connection.close()

    def stop(self):
        self.running = False
        self.thread.join()


class Invariants(SharedFleet):
    @classmethod
    def scenario(cls, case):
        cls.nodes = nodes = cls.fleet.add(6)
        small = desired_state(nodes, replicas=1, engine=case.engine())
        cls.formed = case.hook("sync", small)
        cls.total = fill(nodes, KEYS)
        cls.content = every_type(nodes[::2], huge=8 << 20)
        watch = Watch(nodes)
        cls.load = Load(nodes[::2])
        with cls.load as load:
            time.sleep(0.5)
            cls.extra = extra = cls.fleet.add(2)
            large = desired_state(nodes + extra, replicas=1, engine=case.engine())
            before = {n.port: view(n)[n.id()]["slots"] for n in nodes[::2]}
            cls.grown = case.hook("sync", large, "--fast")
            settled(case, nodes + extra, spread=(4096,))
            cls.grown_views = {n.port: view(n)[n.id()]["slots"] for n in nodes[::2] + extra[:1]}
            cls.left = {port: slots - cls.grown_views[port] for port, slots in before.items()}
            cls.arrived = {port: cls.grown_views[port] - slots for port, slots in before.items()}
            cls.again = cls.measured(case, "sync", large, nodes + extra)
            cls.full_syncs = {n.port: int(info(n, "stats")["sync_full"]) for n in nodes[::2]}
            count_commands(nodes)
            cls.shrunk = case.hook("gate", desired_state(nodes, surplus=extra, replicas=1, engine=case.engine()), "--fast")
            cls.writes_of_gate = write_commands(nodes)
            settled(case, nodes)
            cls.gate_again = cls.measured(case, "gate", desired_state(nodes, surplus=extra, replicas=1, engine=case.engine()), nodes)
            time.sleep(0.5)
            load.stop()
        watch.stop()
        cls.watch = watch

    @staticmethod
    def measured(case, command, desired, nodes):
        """Runs the hook where nothing is to do: (the commands that write, seconds, its last log line)."""
        count_commands(nodes)
        began = time.monotonic()
        result = case.hook(command, desired)
        return write_commands(nodes), time.monotonic() - began, result.events()[-1]

    def test_I1_every_slot_has_one_owner_and_all_views_agree(self):
        settled(self, self.nodes, spread=(5461, 5462))
        self.assertTrue(agree(self.nodes))

    def test_I2_no_slot_is_open_on_any_node_replicas_too(self):
        for node in self.nodes:
            self.assertEqual([n["open"] for n in view(node).values() if n["open"]], [], node.address)

    def test_I3_every_key_is_at_its_owner_exactly_once(self):
        keys = self.total + len(self.content) + self.load.held()
        census(self, self.nodes, keys)
        self.assertEqual(sum(n.call("DBSIZE") for n in self.nodes[::2]), keys)
        self.assertEqual(sum(n.call("DBSIZE") for n in self.extra), 0)

    def test_I4_every_type_value_and_ttl_is_as_before(self):
        check_types(self, self.nodes[::2], self.content)

    def test_I5_cluster_state_was_ok_on_every_node_all_the_time(self):
        self.assertGreater(self.watch.looks, 20)
        self.assertEqual(self.watch.bad, [])

    def test_I6_clients_saw_redirects_and_nothing_else(self):
        self.assertEqual(self.load.errors(), {})
        self.assertGreater(self.load.operations, 500)
        # Each of them succeeded soon, or it would be an error. On an idle machine there is one at most.
        self.assertLessEqual(self.load.tryagain, 5 + self.load.multikey // 10000)

    def test_I7_no_acknowledged_write_is_lost(self):
        self.assertEqual(self.load.lost(), [])

    def test_I8_a_second_run_sends_no_write_command(self):
        self.assertNotEqual(self.writes_of_gate, {}, "the first run was counted")
        for name, (writes, _, last) in (("sync", self.again), ("gate", self.gate_again)):
            with self.subTest(command=name):
                self.assertEqual(writes, {})
                self.assertEqual((last["event"], last["steps"]), ("done", 0))

    def test_I9_the_fewest_slots_move_and_none_twice(self):
        self.assertEqual(self.grown.events()[-1]["slots_moved"], 4096)
        self.assertEqual({len(s) for s in self.left.values()}, {1365, 1366})
        self.assertEqual(set(map(len, self.arrived.values())), {0})
        self.assertEqual(self.shrunk.events()[-1]["slots_moved"], 4096)

    def test_I10_no_epoch_goes_back_and_primaries_have_different_ones(self):
        self.assertEqual(self.watch.regress, [])
        epochs = [view(n)[n.id()]["epoch"] for n in self.nodes[::2]]
        self.assertEqual(len(set(epochs)), len(epochs), epochs)

    def test_I11_a_forgotten_id_is_in_no_table_and_no_other_id_is_missing(self):
        # Whether it stays away for good is forget_test.py's.
        ids = {n.id() for n in self.nodes}
        for node in self.nodes:
            self.assertEqual(set(view(node)), ids, node.address)

    def test_I12_replicas_follow_their_primary_without_a_full_sync_of_an_emptied_node(self):
        for primary, replica in zip(self.nodes[::2], self.nodes[1::2]):
            link = info(replica, "replication")
            self.assertEqual((link["master_link_status"], link["master_port"]), ("up", str(primary.port)))
            until(lambda: info(replica, "replication")["master_repl_offset"] == info(primary, "replication")["master_repl_offset"], 5,
                  "the replica has caught up")
            self.assertEqual(primary.call("DEBUG", "DIGEST"), replica.call("DEBUG", "DIGEST"))
            self.assertEqual(int(info(primary, "stats")["sync_full"]), self.full_syncs[primary.port])

    def test_I13_exit_code_and_status_tell_the_truth(self):
        desired = desired_state(self.nodes, replicas=1, engine=self.engine())
        for result in (self.formed, self.grown, self.shrunk):
            self.assertEqual(result.events()[-1]["event"], "done")
        status = json.loads(self.hook("status", desired, "-o", "json").out)
        self.assertEqual((status["state"], status["slotsAssigned"], status["problems"]), ("ok", 16384, []))
        self.nodes[5].pause()
        try:
            self.hook("sync", desired, "--timeout", "3s", expect=1)
            self.assertNotEqual(json.loads(self.hook("status", desired, "-o", "json").out)["problems"], [])
        finally:
            self.nodes[5].resume()
            until(lambda: ok(self.nodes[5], "PING") and all(state_ok(n) for n in self.nodes), 20, "all nodes are ok again")


globals().update(class_per_server(Invariants))


if __name__ == "__main__":
    main()
