"""Thousands of plain scalars, as values and as keys, are to our reader what they are to kubectl.

AUTOCACHE_PROPERTY_COUNT texts (default 6000) from AUTOCACHE_PROPERTY_SEED (default 1)."""
import os
import random
import sys

import round_trip

WORDS = """y Y yes Yes YES yEs n N no No NO on On ON off Off OFF oFF true True TRUE tRUE false False FALSE null Null NULL nULL ~ = <<
.Nan 0 00 07 08 09 010 -010 +010 0o17 0O17 -0o17 0x1F 0X1f -0x1F +0x1F 0x 0b 0o 0b1 0B1 -0b1 +0b1 0b-1 0b+1 -0b-1 0b2 1_000 1__0_ _1
-_1 +_ 1_ 0_7 0_x1 0x_1 1.5 1. .5 +.5 -.5 1e3 1E3 1e+3 1.e3 .5e3 1e .e5 1.5e-3 1e1000 -1e1000 1e-1000 .1_0 ._1 .1_ .1__0 .5e1000
.0e-9999 1_0e3 1_0.5 18446744073709551615 18446744073709551616 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 +18446744073709551615 0xFFFFFFFFFFFFFFFF 0x1FFFFFFFFFFFFFFFF 0o1777777777777777777777 12:30 12:30:45 1:60 -1:30
190:20:30.15 2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 2001-12-15T02:59:43.1Z 99999999999999999999 1e15 1e21 1e6 999999.0
123456789012345678 0.1 1.0 100000000000000000000.0 1.7976931348623157e308 1.8e308 5e-324 1e-400 0x1p3 1e5_0 infinity nan Infinity
.infinity .. .-1 -0 +0 -0.0 0.0 0.e0 1.2.3 1,000 0777777777777777777777777 0x8000000000000000 -0x8000000000000000""".split()


def texts(count, seed):
    rng = random.Random(seed)
    found = dict.fromkeys(WORDS)
    while len(found) < count:
        if rng.random() < 0.6:
            text = "".join(rng.choice("0123456789_+-.eExXoObBabfFnNyY:") for _ in range(rng.randrange(1, 8)))
        else:
            text = rng.choice(["", "-", "+"]) + rng.choice(["", "0", "0x", "0o", "0b", "0B", "0_", "."])
            text += "".join(rng.choice("01789_.") for _ in range(rng.randrange(1, 25))) + rng.choice(["", "", "e5", "e-3", "E+400", "_"])
        # What is no plain scalar, and what kubectl refuses: infinities and not a number.
        if text in ("-", ":", "...", "---") or text.endswith(":") or text.lstrip("+-").lower() in (".inf", ".nan"):
            continue
        found[text] = None
    return list(found)[:count]


def is_null_or_large(text):
    """Keys that kubectl refuses: null, and integers above int64."""
    if text in ("~", "null", "Null", "NULL", "<<"):
        return True
    digits = text.replace("_", "").lower()
    for base in (0, 8, 10):
        try:
            return int(digits, base) > 2**63 - 1
        except ValueError:
            continue
    return False


def same(a, b):
    """kubectl prints floats without a fraction like integers, and has floats where we have integers above int64."""
    if isinstance(a, bool) or isinstance(b, bool) or not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return type(a) is type(b) and a == b
    exact = isinstance(a, int) and isinstance(b, int) and abs(a) < 2**63 and abs(b) < 2**63
    return a == b if exact else float(a) == float(b)


def compare(name, scalars, line):
    text = "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: a}\nlist:\n" + "".join(line.format(s) for s in scalars)
    kubectl = round_trip.read_with_kubectl(text)[0]["list"]
    ours = round_trip.READERS["autocache"](text)[0]["list"]
    wrong = [(s, k, o) for s, k, o in zip(scalars, kubectl, ours, strict=True) if not same(k, o)]
    for scalar, theirs, our in wrong[:20]:
        print(f"{scalar!r} as a {name}: kubectl {theirs!r}, autocache {our!r}")
    print(f"{len(scalars)} scalars as {name}s: {len(wrong)} differences")
    return len(wrong)


def main():
    scalars = texts(int(os.environ.get("AUTOCACHE_PROPERTY_COUNT", "6000")), int(os.environ.get("AUTOCACHE_PROPERTY_SEED", "1")))
    wrong = compare("value", scalars, "- {}\n")
    wrong += compare("key", [s for s in scalars if not is_null_or_large(s)], "- {}: v\n")
    sys.exit(1 if wrong else 0)


main()
