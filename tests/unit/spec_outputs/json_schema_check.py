"""A real validator on `autocache schema`: the schema is a valid one, good specs of the shared table pass, broken ones fail."""
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError as error:
    print(f"skipped: {error}; install python3-jsonschema")
    sys.exit(1 if os.environ.get("AUTOCACHE_CI") == "1" else 77)

CAN_ONLY_RULES_SAY = 0.5  # at least this part of the broken specs must fail without the rules between fields


def without_nulls(value):
    """The API server and we drop nulls before anything else."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def main():
    build = os.environ["AUTOCACHE_BUILD"]
    schema = json.loads(subprocess.run([build + "/autocache", "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    cases = json.loads(subprocess.run([build + "/tests/spec_table", "tests/table/specs.yaml"], check=True, capture_output=True).stdout)
    failed, broken, refused = [], 0, 0
    for case in cases:
        errors = [f"{list(error.path)}: {error.message[:200]}" for each in case["documents"] for error in validator.iter_errors(without_nulls(each))]
        if case["errors"]:
            broken += 1
            refused += bool(errors)
        elif errors:
            failed.append(f"{case['name']}: {errors}")
    print(f"{len(cases)} specs, {broken} broken, {refused} of them refused")
    if refused < CAN_ONLY_RULES_SAY * broken:
        failed.append("too few broken specs are refused")
    print("\n".join(failed))
    return 1 if failed else 0


sys.exit(main())
