"""Groups 4 and 7 of the tests: half-states of slots as raw commands leave them (K1 to K6: a move that stopped after each of its steps;
P1 to P7: worse), lost IDs and addresses, and keys on both sides. heal repairs each with nothing lost."""

import time

from lib.case import HookCase, SharedFleet, class_per_server, desired_state, main, per_server, servers
from lib.checks import census, fill, settled
from lib.load import Client
from lib.resp import slot_of
from lib.servers import agree, info, join, until, view

TAG = "{tag}"
SLOT = slot_of(TAG)
COUNT = 24


class HalfStates(SharedFleet):
    """One slot of a cluster of three: A owns it, B and C do not."""

    @classmethod
    def scenario(cls, case):
        cls.nodes = cls.fleet.form(3)
        fill(cls.nodes, 1000)

    def setUp(self):
        owner = next(n for n in self.nodes if SLOT in view(n)[n.id()]["slots"])
        self.a, self.b, self.c = owner, *[n for n in self.nodes if n is not owner]
        self.ids = {n: n.id() for n in self.nodes}
        for number in range(COUNT):
            self.a.call("SET", self.key(number), "value-%d" % number)

    @staticmethod
    def key(number):
        return "%s:%d" % (TAG, number)

    def slot(self, node, word, other=None):
        node.call("CLUSTER", "SETSLOT", SLOT, word, *([self.ids[other]] if other else []))

    def open(self):
        self.slot(self.b, "IMPORTING", self.a)
        self.slot(self.a, "MIGRATING", self.b)

    def carry(self, count=COUNT):
        keys = [self.key(n) for n in range(count)]
        self.assertEqual(self.a.call("MIGRATE", self.b.host, self.b.port, "", 0, 5000, "KEYS", *keys), "OK")

    def heal(self):
        self.hook("heal", desired_state(self.nodes, engine=self.engine()))
        settled(self, self.nodes)
        census(self, self.nodes, 1000 + COUNT)
        client = Client(self.nodes)
        values = [client.call(self.key(n), "GET", self.key(n)) for n in range(COUNT)]
        client.close()
        self.assertEqual(values, [b"value-%d" % n for n in range(COUNT)])

    def test_K1_the_destination_imports(self):
        self.slot(self.b, "IMPORTING", self.a)
        self.heal()

    def test_K2_and_the_source_migrates(self):
        self.open()
        self.heal()

    def test_K3_and_half_the_keys_have_moved(self):
        self.open()
        self.carry(COUNT // 2)
        self.heal()

    def test_K4_and_all_keys_have_moved(self):
        self.open()
        self.carry()
        self.heal()

    def test_K5_and_the_destination_owns_the_slot(self):
        self.open()
        self.carry()
        self.slot(self.b, "NODE", self.b)
        self.heal()

    def test_K6_and_the_source_knows_it(self):
        self.open()
        self.carry()
        self.slot(self.b, "NODE", self.b)
        self.slot(self.a, "NODE", self.b)
        self.heal()

    def test_P1_the_source_gave_the_slot_away_and_the_destination_does_not_know(self):
        self.open()
        self.carry()
        self.slot(self.a, "NODE", self.b)
        self.heal()

    def test_P2_a_stale_importing_flag_at_a_third_node(self):
        self.slot(self.c, "IMPORTING", self.a)
        self.heal()

    def test_P3_the_source_migrates_alone(self):
        self.slot(self.a, "MIGRATING", self.b)
        self.heal()

    def test_P4_two_nodes_import_and_half_the_keys_have_moved(self):
        self.open()
        self.slot(self.c, "IMPORTING", self.a)
        self.carry(COUNT // 2)
        self.heal()

    def test_P5_keys_on_a_node_that_does_not_own_their_slot_without_a_flag(self):
        self.open()
        self.carry(COUNT // 2)
        self.slot(self.a, "STABLE")
        self.slot(self.b, "STABLE")
        self.heal()

    def test_P7_group_7_the_same_keys_with_other_values_on_the_other_side(self):
        """The owner never answered ASK for a key that it has: its value is the newer one."""
        self.open()
        with self.b.connect() as c:
            for number in range(COUNT):
                c.call("ASKING")
                c.call("SET", self.key(number), "older")
        self.heal()

    def test_P7_group_7_and_no_flag_tells_of_it(self):
        self.slot(self.b, "IMPORTING", self.a)
        with self.b.connect() as c:
            for number in range(COUNT):
                c.call("ASKING")
                c.call("SET", self.key(number), "older")
        self.slot(self.b, "STABLE")
        self.heal()

    def test_a_slot_without_an_owner_goes_to_who_has_its_keys(self):
        for node in self.nodes:
            node.call("CLUSTER", "DELSLOTS", SLOT)
        self.heal()
        self.assertIn(SLOT, view(self.a)[self.ids[self.a]]["slots"])

    def test_a_slot_without_an_owner_whose_keys_are_on_two_nodes(self):
        self.open()
        self.carry(COUNT // 3)
        for node in self.nodes:
            node.call("CLUSTER", "DELSLOTS", SLOT)
        self.heal()

    def test_slots_without_an_owner_and_without_keys(self):
        empty = [s for s in sorted(view(self.c)[self.ids[self.c]]["slots"])[:200] if self.c.call("CLUSTER", "COUNTKEYSINSLOT", s) == 0][:5]
        for node in self.nodes:
            for slot in empty:
                node.call("CLUSTER", "DELSLOTS", slot)
        self.heal()


globals().update(class_per_server(HalfStates))


@per_server
class LostAndMoved(HookCase):
    def restart_elsewhere(self, fleet, nodes):
        """All processes end and come back at other ports with the nodes.conf that they had."""
        moved = []
        for node in nodes:
            node.stop()
        for node in nodes:
            other, = fleet.add(1, wait=False, folder_of=node)
            moved.append(other)
        for node in moved:
            node.wait()
        return moved

    @servers()
    def test_group_5_all_addresses_have_changed_at_once(self, fleet):
        fleet.options = ["--appendonly", "yes", "--appendfsync", "always"]
        nodes = fleet.form(3)
        total = fill(nodes, 1000)
        ids = [n.id() for n in nodes]
        moved = self.restart_elsewhere(fleet, nodes)
        self.assertEqual([n.id() for n in moved], ids)
        self.hook("heal", desired_state(moved, engine=self.engine(), storage=True))
        settled(self, moved)
        census(self, moved, total)
        self.assertEqual([n.id() for n in moved], ids)

    @servers("redis-6.2", "redis-8.0", "valkey-9.1")
    def test_group_5_all_ids_are_gone_where_nothing_is_stored(self, fleet):
        nodes = fleet.form(3)
        fill(nodes, 300)
        for node in nodes:
            node.kill()
            node.forget_data()
            node.start()
        self.hook("heal", desired_state(nodes, engine=self.engine(), storage=True), expect=3)
        self.hook("heal", desired_state(nodes, engine=self.engine(), storage=False))
        settled(self, nodes, spread=(5461, 5462))
        census(self, nodes, 0)

    @servers()
    def test_group_5_rule_6_a_primary_comes_back_empty_with_another_id(self, fleet):
        """Its replica has the data and takes over; the new node becomes the replica. (One that listens again at the same address before
        that would be taken for the primary: Redis replicas ask an address, not an ID.)"""
        nodes = fleet.form(3, 1)
        total = fill(nodes, 600)
        until(lambda: info(nodes[1], "replication")["master_link_status"] == "up" and
              info(nodes[1], "replication")["master_repl_offset"] == info(nodes[0], "replication")["master_repl_offset"], 20, "replica")
        old = nodes[0].id()
        nodes[0].kill()
        nodes[0].forget_data()
        until(lambda: info(nodes[1], "replication")["role"] == "master", 30, "failover")
        nodes[0].start()
        self.hook("heal", desired_state(nodes, replicas=1, engine=self.engine(), storage=False))
        settled(self, nodes)
        census(self, nodes, total)
        self.assertEqual([n.address for n in nodes if old in view(n)], [])
        self.assertEqual(info(nodes[0], "replication")["role"], "slave")
        until(lambda: info(nodes[0], "replication")["master_link_status"] == "up", 10, "link")

    @servers()
    def test_group_5_a_replica_takes_over_only_what_it_has(self, fleet):
        """One that never had the data would be the primary of an empty shard, and the one with the data, once back, its replica."""
        old, = fleet.form(1)
        total = fill([old], 600)
        old_id = old.id()
        new, = fleet.add()
        join([old, new])
        until(lambda: old_id in view(new) and new.id() in view(old) and agree([old, new]), 20, "the node is known")
        old.call("SAVE")
        old.kill()
        new.call("CLUSTER", "REPLICATE", old_id)
        until(lambda: "fail?" in view(new)[old_id]["flags"], 20, "the primary is missed")
        desired = desired_state([old, new], replicas=1, engine=self.engine())
        result = self.hook("heal", {**desired, "timeoutSeconds": 15}, expect=1)
        self.assertIn("never had its data", result.err)
        self.assertEqual(info(new, "replication")["role"], "slave")
        old.start()
        self.hook("heal", desired)
        census(self, [old, new], total)
        until(lambda: new.call("DBSIZE") == total, 20, "the replica has the data")
        # With the data it does: a single primary's failure finds nobody who could vote.
        old.kill()
        self.hook("heal", {**desired, "timeoutSeconds": 15}, expect=1)
        self.assertEqual(info(new, "replication")["role"], "master")
        old.start()
        self.hook("heal", desired)
        self.assertEqual(info(old, "replication")["role"], "slave")
        census(self, [old, new], total)

    @servers("redis-7.0", "valkey-8.1")
    def test_group_5_slots_whose_data_is_gone_need_a_person_where_there_is_storage(self, fleet):
        """Rule 4 and 5 on real servers."""
        nodes = fleet.form(3)
        total = fill(nodes, 300)
        lost = nodes[1].call("DBSIZE")
        nodes[1].kill()
        nodes[1].forget_data()
        nodes[1].start()
        result = self.hook("heal", desired_state(nodes, engine=self.engine(), storage=True), expect=3)
        self.assertIn("accept-data-loss", result.err)
        self.hook("heal", desired_state(nodes, engine=self.engine(), storage=True), "--accept-data-loss")
        settled(self, nodes)
        census(self, nodes, total - lost)

    @servers("redis-7.0", "valkey-9.1")
    def test_group_4_slots_claimed_twice_by_nodes_that_do_not_know_each_other(self, fleet):
        nodes = fleet.form(3)
        total = fill(nodes, 500)
        extra, = fleet.add()
        extra.call("CLUSTER", "ADDSLOTS", *range(100))
        self.hook("sync", desired_state(nodes + [extra], engine=self.engine()), "--fast")
        settled(self, nodes + [extra], spread=(4096,))
        census(self, nodes + [extra], total)

    @servers("redis-7.0", "valkey-8.0")
    def test_group_4_a_replica_of_nobody_gets_its_primary_back(self, fleet):
        nodes = fleet.form(3, 1)
        fill(nodes, 100)
        nodes[1].call("CLUSTER", "RESET", "SOFT")
        self.assertEqual(info(nodes[1], "replication")["role"], "master")
        self.hook("heal", desired_state(nodes, replicas=1, engine=self.engine()))
        settled(self, nodes)
        self.assertEqual(info(nodes[1], "replication")["master_port"], str(nodes[0].port))

    @servers("redis-7.0")
    def test_a_slot_stays_though_its_new_owner_had_marked_it_as_unclaimed(self, fleet):
        """Redis 7.0.13 to 7.2.3 would give it, without its keys, to whoever claims it (docs/hook.md)."""
        for primaries in (2, 3):
            nodes = fleet.form(primaries)
            owner = next(n for n in nodes if SLOT in view(n)[n.id()]["slots"])
            a, b = [n for n in nodes if n is not owner][0], nodes[-1]
            ids = {n: n.id() for n in nodes}

            def slot(node, word, *other):
                node.call("CLUSTER", "SETSLOT", SLOT, word, *[ids[n] for n in other])

            for number in range(COUNT):
                owner.call("SET", "%s:%d" % (TAG, number), number)
            if primaries == 3:
                # The new owner takes B for the owner, and hears from B that it is not.
                slot(a, "IMPORTING", owner)
                slot(a, "NODE", b)
                b.call("CLUSTER", "MEET", a.host, a.port, a.port + 10000)
                time.sleep(1)
                slot(a, "NODE", owner)
                slot(a, "STABLE")
            plan = {}
            for number, node in enumerate(nodes):
                first, last = number * 16384 // primaries, (number + 1) * 16384 // primaries - 1
                ranges = [(first, SLOT - 1), (SLOT + 1, last)] if node is owner else [(first, last)]
                plan.update({"%d-%d" % r: "cache-%d" % number for r in ranges})
            plan[str(SLOT)] = "cache-%d" % nodes.index(a)
            self.hook("sync", desired_state(nodes, engine=self.engine(), slotPlan=plan))
            for node in nodes:
                self.assertEqual(node.call("CONFIG", "GET", "cluster-require-full-coverage")[1], b"yes")
            if primaries == 3:
                # A claim with an older epoch.
                slot(b, "NODE", b)
                b.call("CLUSTER", "MEET", a.host, a.port, a.port + 10000)
                time.sleep(1)
                self.hook("heal", desired_state(nodes, engine=self.engine()))
            settled(self, nodes)
            self.assertEqual(a.call("CLUSTER", "COUNTKEYSINSLOT", SLOT), COUNT)

    @servers("redis-7.0", "valkey-9.1")
    def test_group_7_keys_that_expire_while_they_move(self, fleet):
        nodes = fleet.form(2)
        client = Client(nodes)
        for number in range(2000):
            client.call("e:%d" % number, "SET", "e:%d" % number, "x", "PX", 200 + number % 40 * 50)
        client.close()
        extra, = fleet.add()
        self.hook("sync", desired_state(nodes + [extra], engine=self.engine(), rateLimitMBps=1))
        settled(self, nodes + [extra])
        time.sleep(2.5)
        until(lambda: sum(n.call("DBSIZE") for n in nodes + [extra]) == 0, 10, "all have expired")


if __name__ == "__main__":
    main()
