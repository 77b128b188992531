"""count.py NAME JUNIT: one line `pass NAME: test` or `fail NAME: test` for each test of a CTest report; a skipped test failed."""
import sys
import xml.etree.ElementTree

name, path = sys.argv[1:]
for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
    status = case.get("status")
    note = "" if status in ("run", "fail") else f" ({case.find('skipped').get('message') if case.find('skipped') is not None else status})"
    print("pass" if status == "run" else "fail", f"{name}: {case.get('name')}{note}")
