"""Random strings that YAML writers and readers get wrong."""
import random

WORDS = """y n yes no on off true false null ~ = << - -- --- ... ? : , [ ] { } # & * ! | > ' " % @ ` .inf -.inf +.inf .nan .NaN
0 1 -1 +1 00 07 08 0644 0o17 0x1F 0b1 1_000 1,000 1. .5 1.5 -0.0 1e3 1E3 1e 1e+3 e3 E5 1e1000 9223372036854775808 12:30 12:30:45
1:60 190:20:30.15 2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 2026-01-01T00:00:00Z 1Gi 100m 50% 10s 1h30m 1.2.3 7.4 a:b a: :a
a#b #a a,b a=b key=value {{ .Values }} ${HOME} $(POD_IP) %YAML !!str <no""".split() + [
    "", " ", "  ", "a ", " a", "a b", "a: b", "a #b", "- a", "? a", "\n", "\n\n", "a\n", "\na", "a\n\n", "a\n\n\n", " a\nb",
    "a\n b\n", "\ta", "a\t", "a\tb\nc", "a\n\tb", "a\r\nb", "a\rb", "|\n a", "a\n---\nb", "a\n...\nb\n", "---\na", "# c\nb\n",
    "a\n \n", "a\n  \nb", "a \nb \n", "__proto__", "constructor", "null\n", "yes\nno\n", "a\\", "\\n", "\"", "'", "''", "'a'", "\"a\"",
]
SPECIAL = " \t\n:#-?,[]{}&*!|>'\"%@`=<~._+\\/0123456789eExXoOyYnN"
CONTROL = [chr(c) for c in [*range(0x00, 0x20), *range(0x7F, 0xA1)]] + list("\u00ad\u200b\u200d\u2028\u2029\u202e\ufeff\ufffd\ufffe\uffff")
NUMBER = "0123456789" * 3 + "+-._eExXoObB:%mkKMGTi"


def any_character(rng):
    while True:
        code = rng.randrange(0x20, 0x110000) if rng.random() < 0.5 else rng.choice([0x20, 0xA0, 0x2000, 0xFF00]) + rng.randrange(0x100)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def line(rng):
    return rng.choice(["", "", " ", "  ", "\t"]) * rng.randrange(2) + "".join(
        rng.choice(SPECIAL.replace("\n", "") + "abc ") for _ in range(rng.randrange(12))) + rng.choice(["", "", " ", "\t"])


def one(rng):
    kind = rng.randrange(9)
    if kind == 0:
        word = rng.choice(WORDS)
        return "".join(rng.choice([c.upper(), c.lower()]) for c in word) if rng.random() < 0.5 else word
    if kind == 1:
        return "".join(rng.choice(SPECIAL) for _ in range(rng.randrange(1, 6)))
    if kind == 2:
        return "".join(rng.choice(NUMBER) for _ in range(rng.randrange(1, 10)))
    if kind == 3:
        return "\n".join(line(rng) for _ in range(rng.randrange(1, 6))) + "\n" * rng.randrange(4)
    if kind == 4:
        return "".join(any_character(rng) for _ in range(rng.randrange(1, 12)))
    if kind == 5:
        return "".join(rng.choice([rng.choice(CONTROL), "a", " ", "\n"]) for _ in range(rng.randrange(1, 6)))
    if kind == 6:
        return rng.choice(WORDS) + rng.choice(["", " ", "\n", ":", "#", ": ", " #"]) + rng.choice(WORDS)
    if kind == 7:
        return "".join(rng.choice("abcdefghijklmnop /.:-_@+") for _ in range(rng.randrange(1, 30)))
    return one(rng) * rng.randrange(2, 200) if rng.random() < 0.05 else one(rng) + one(rng)


def strings(count, seed):
    """`count` different strings, the words first; the same for the same seed."""
    rng = random.Random(seed)
    found = dict.fromkeys(WORDS)
    while len(found) < count:
        found[one(rng)[:5000]] = None
    return list(found)[:count]
