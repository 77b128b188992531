"""I11 and group 9 of the tests, the part that takes time: a forgotten ID stays away when the ban of FORGET (60 s) is over, whatever
has become of its server. All servers are looked at in the same 70 seconds."""

import contextlib
import time

from lib.case import ALL, IN_CI, HookCase, desired_state, main
from lib.checks import census, fill, settled
from lib.load import Load
from lib.servers import Fleet, find_servers, state_ok, view

SECONDS = 70


class Forget(HookCase):
    def test_I11_a_forgotten_id_does_not_come_back(self):
        found = find_servers()
        missing = [name for name in ALL if name not in found]
        if missing and IN_CI:
            self.fail("no %s" % missing)
        if len(missing) == len(ALL):
            self.skipTest("no server (set AUTOCACHE_SERVERS to a folder of NAME/bin/server)")
        with contextlib.ExitStack() as stack:
            clusters = []
            for name in [name for name in ALL if name in found]:
                self.server = name
                fleet = stack.enter_context(Fleet(found[name]))
                nodes = fleet.form(6)
                total = fill(nodes, 300)
                stay, (reset, killed, running) = nodes[:3], nodes[3:]
                ids = {n.id(): what for n, what in zip(nodes[3:], ("reset", "killed", "left running"))}
                self.hook("gate", desired_state(stay, surplus=nodes[3:], engine=self.engine()), "--fast")
                reset.call("CLUSTER", "RESET", "HARD")
                killed.kill()
                clusters.append((name, stay, running, ids, total, stack.enter_context(Load(stay, threads=1, keys=20, rate=20))))
            back, not_ok = set(), set()
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                for name, stay, running, ids, _, _ in clusters:
                    for node in stay:
                        back |= {(name, what) for i, what in ids.items() if i in view(node)}
                        not_ok |= set() if state_ok(node) else {(name, node.address)}
                time.sleep(0.2)
            for name, stay, running, ids, total, load in clusters:
                with self.subTest(server=name):
                    load.stop()
                    self.assertEqual({what for server, what in back if server == name}, set(), "it came back")
                    self.assertEqual({a for server, a in not_ok if server == name}, set())
                    # The one that was left running still sends clients to the owners.
                    self.assertTrue(state_ok(running))
                    with Load([running], threads=1, keys=10, name="late") as late:
                        time.sleep(0.3)
                        late.stop()
                    self.assertEqual((load.errors(), load.lost(), late.errors(), late.lost()), ({}, [], {}, []))
                    settled(self, stay)
                    census(self, stay, total + load.held() + late.held())


if __name__ == "__main__":
    main()
