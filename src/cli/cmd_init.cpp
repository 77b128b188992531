#include "cli/arguments.h"
#include "spec/starter.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_init(const Arguments& arguments, Io& io) {
  Parser parser("init", "Write a commented starter spec to stdout",
                "  autocache init > cache.yaml\n"
                "  autocache init shop-cache --engine valkey --replicas-per-shard 1 --storage > "
                "cache.yaml\n");
  spec::StarterOptions options;
  options.engine = "redis";  // its image is public; the spec works as it is
  parser.app().add_option("NAME", options.name, "Name of the resource [cache]")->type_name("");
  parser.app()
      .add_option("--engine", options.engine, "Server: autocache, redis or valkey [redis]")
      ->type_name("ENGINE");
  parser.app()
      .add_option("--replicas-per-shard", options.replicas_per_shard,
                  "Replicas of each primary [0]")
      ->type_name("N");
  bool storage = false;
  parser.app().add_flag("--storage", storage, "Keep the data on volumes");
  if (const auto code = parser.parse(arguments, io)) return *code;

  if (storage) options.storage = spec::StarterOptions::Storage::kPersistent;
  const Result<std::string> text = spec::starter(options);
  if (!text) {
    for (const Diagnostic& diagnostic : text.error())
      print_error(io, diagnostic.message, diagnostic.hint);
    return ExitCode::kUsage;
  }
  io.out << *text;
  return ExitCode::kOk;
}

}  // namespace autocache::cli
