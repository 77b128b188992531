"""Group 13 of the tests: a cluster that grows, shrinks, loses servers and hooks at random for AUTOCACHE_TEST_MINUTES (2 in the long
version) under load, and loses no acknowledged write. Prints its seed; AUTOCACHE_TEST_SEED plays it again."""

import json
import os
import random
import subprocess
import sys
import time

from lib.case import HookCase, desired_state, main, per_server, servers
from lib.checks import census, fill, settled
from lib.load import Load
from lib.servers import hook_program

SECONDS = 60 * float(os.environ.get("AUTOCACHE_TEST_MINUTES", "2"))


@per_server
class Soak(HookCase):
    @servers()
    def test_group_13_random_changes_lose_nothing(self, fleet):
        seed = int(os.environ.get("AUTOCACHE_TEST_SEED", "0")) or random.randrange(1 << 30)
        sys.stderr.write("seed %d " % seed)
        chance = random.Random(seed)
        fleet.options = ["--appendonly", "yes", "--appendfsync", "always"]
        nodes = fleet.form(3)
        total = fill(nodes, 5000)
        size, rounds = 3, 0
        end = time.monotonic() + SECONDS
        with self.subTest(seed=seed), Load(nodes) as load:
            while time.monotonic() < end:
                rounds += 1
                wanted = chance.choice([n for n in (3, 4, 5, 6) if n != size])
                while len(nodes) < wanted:
                    nodes += fleet.add()
                stay, leave = nodes[:wanted], nodes[wanted:]
                command = "gate" if wanted < size else "sync"
                desired = desired_state(stay, surplus=leave, engine=self.engine())
                harm = chance.choice(("nothing", "hook", "server", "pause"))
                process = subprocess.Popen([hook_program(), command, "--desired", json.dumps(desired), "--fast"], stderr=subprocess.DEVNULL)
                time.sleep(chance.uniform(0.1, 1.5))
                victim = chance.choice(nodes)
                if harm == "hook":
                    process.kill()
                elif harm == "server":
                    victim.kill()
                    time.sleep(chance.uniform(0, 1))
                    victim.start()
                elif harm == "pause":
                    victim.pause()
                    time.sleep(chance.uniform(0, 2))
                    victim.resume()
                process.wait(120)
                if command == "gate":
                    self.hook("gate", desired, "--fast")
                    for server in leave:
                        server.stop()
                        fleet.servers.remove(server)
                    nodes = stay
                self.hook("sync", desired_state(stay, engine=self.engine()), "--fast")
                settled(self, stay)
                size = wanted
            load.seeds = nodes
            load.stop()
            self.assertEqual(load.lost(), [])
            census(self, nodes, None if any(any(m.values()) for m in load.maybe) else total + load.held())
        sys.stderr.write("%d rounds " % rounds)


if __name__ == "__main__":
    main()
