#pragma once

// What every configuration directive of Redis and Valkey is: where it exists, under which names,
// whether CONFIG SET takes it while the server runs, and how two spellings of one value compare.
// Measured on six servers (tests/integration/directives) and, for the releases between them, read
// from their config tables; docs/impact-rules.md says how. No server is asked here.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace autocache::directives {

enum class Engine { kAutocache, kRedis, kValkey };

/// The engine called `name` in a spec ("autocache", "redis", "valkey").
std::optional<Engine> parse_engine(std::string_view name);

/// "autocache", "redis" or "valkey".
std::string_view to_string(Engine engine);

/// A release as far as directives depend on it.
struct Version {
  int major = 0;
  int minor = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): a false alarm of clang-tidy 14
  auto operator<=>(const Version&) const = default;
};

/// The release that "8", "8.0" or "8.0.2" names, with anything after a blank, `-` or `+` ignored. A
/// missing minor number is the highest one known of that major release. Nothing if it does not
/// start with a number.
std::optional<Version> parse_version(Engine engine, std::string_view text);

/// The newest release that was measured; it stands for later ones and for a spec that names no
/// version.
Version newest(Engine engine);

/// What changes a directive on a running server.
enum class Class {
  kLive,         ///< CONFIG SET takes it
  kRestartOnly,  ///< "can't set immutable config"; before Redis 7 "Unsupported CONFIG parameter"
  kProtected,    ///< as restart-only unless enable-protected-configs says otherwise
  kFileOnly,     ///< a line of the file that CONFIG does not know
  kIgnored,      ///< accepted in the file, without any effect
};

/// "live", "restart-only", "protected", "file-only" or "ignored".
std::string_view to_string(Class value);

/// How a value is written.
enum class Kind {
  kBool,
  kInt,
  kOctal,
  kMemory,
  kMemoryOrPercent,
  kEnum,
  kString,
  kList,          ///< several arguments; repeated lines append (`save`)
  kOutputLimits,  ///< client-output-buffer-limit: per class, the others keep their default
  kEventFlags,    ///< notify-keyspace-events: a set of letters
  kLines,         ///< each line stands for itself (`user`, `rename-command`)
};

/// What in a Pod template or another object has to change together with a directive, so that
/// Kubernetes must restart the Pod although the server itself would take the new value.
enum class Tie {
  kNone,
  kListen,      ///< container ports, Services, probes, the cluster bus
  kMount,       ///< a path inside a volume
  kIdentity,    ///< differs from Pod to Pod, set from its address
  kCredential,  ///< clients, replicas and probes use it too; comes from a Secret
};

/// Which CONFIG GET * shows it.
enum class Listing { kAlways, kHidden, kWithTls };

/// The releases of one engine from `since` to `until`; empty if it never had the directive. Written
/// "6.2+", "7.0-7.4", "8.0".
struct Window {
  Version since{};
  Version until{-1, -1};

  constexpr Window() = default;
  // Implicit, so that rows of the table are plain text.
  constexpr Window(const char* text) {
    if (*text == '\0') return;
    since = read(text);
    until = since;
    if (*text == '+') until = {1000, 0};
    if (*text == '-') until = read(++text);
  }

  [[nodiscard]] constexpr bool contains(Version v) const { return since <= v && v <= until; }

 private:
  static constexpr Version read(const char*& text) {
    Version v;
    for (; *text >= '0' && *text <= '9'; ++text) v.major = v.major * 10 + (*text - '0');
    for (++text; *text >= '0' && *text <= '9'; ++text) v.minor = v.minor * 10 + (*text - '0');
    return v;
  }
};

/// One row of the table: a directive as some releases have it.
struct Directive {
  /// The one name that autocache uses for it in comparisons, whatever the server calls it.
  std::string_view name;
  /// The names that these releases accept, separated by blanks, their own first; empty: just
  /// `name`.
  std::string_view spellings;
  Window redis;
  Window valkey;
  Class cls = Class::kLive;
  Kind kind = Kind::kString;
  /// As CONFIG GET prints it on a server without configuration.
  std::string_view default_value;
  Tie tie = Tie::kNone;
  Listing listing = Listing::kAlways;
};

/// All rows, ordered by name.
std::span<const Directive> table();

/// The rows of the AutoCache server, whose CONFIG SET answers OK and does nothing: all
/// restart-only.
std::span<const Directive> autocache_table();

/// The directive that `name` (any spelling, any case) is on that release; null if it does not exist
/// there. Releases older than the table are taken as its oldest.
const Directive* find(Engine engine, Version version, std::string_view name);

/// The one name for a directive in all releases: "replica-priority" for "slave-priority". Unknown
/// names in lower case.
std::string canonical_name(std::string_view name);

/// The name to use with CONFIG SET and CONFIG GET on a server where `directive` was found.
std::string_view server_name(const Directive& directive);

/// True if a new value reaches a running Pod without a restart: CONFIG SET takes it and nothing in
/// Kubernetes is tied to it.
bool applies_live(const Directive& directive);

/// Why a change needs a restart, in a short sentence without a period; empty if applies_live.
std::string_view restart_reason(const Directive& directive);

/// The arguments of a directive as one text that is equal for equal settings: memory sizes in
/// bytes, truth values and enums in lower case, list separators and output buffer classes in one
/// order, unnamed output buffer classes with their defaults. Text that is not valid for its kind
/// stays as it is, joined by blanks.
std::string canonical_value(const Directive& directive, std::span<const std::string> arguments);

/// The same for a value as CONFIG GET or a spec has it, split into arguments first.
std::string canonical_value(const Directive& directive, std::string_view value);

/// True if the server would refuse `value` for its form alone (a word for a number, an unknown
/// unit).
bool is_malformed(const Directive& directive, std::string_view value);

}  // namespace autocache::directives
