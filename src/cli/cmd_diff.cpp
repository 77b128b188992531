#include "cli/plan_options.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_diff(const Arguments& arguments, Io& io) {
  Parser parser("diff", "Show field by field what differs between two states of caches",
                "  autocache diff old.yaml new.yaml\n"
                "  autocache diff git:main:clusters clusters\n"
                "  kubectl get sts,svc,cm,sa,pdb,pvc -o yaml | autocache diff - cache.yaml\n"
                "\nExit codes: 0 compared, 1 an input is wrong, 2 wrong usage;\n"
                "with --detailed-exitcode: 0 no differences, 2 differences, 1 any error.\n");
  PlanOptions options;
  add_plan_options(parser.app(), options);
  if (const auto code = parser.parse(arguments, io)) return plan_usage_code(*code, arguments);
  const auto plan = make_plan(options, io);
  if (!plan) return ExitCode::kInput;
  io.out << plan::to_text(*plan, plan::Detail::kDiff, output_colour(options.colour, io));
  return plan_exit_code(options, *plan);
}

}  // namespace autocache::cli
