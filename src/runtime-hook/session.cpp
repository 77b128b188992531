#include "runtime-hook/session.h"

#include "base/text.h"
#include "runtime-hook/files.h"

#include <charconv>
#include <utility>

namespace autocache::hook {
namespace {

tl::unexpected<ExitCode> usage(Surroundings& world, const std::string& problem) {
  world.err << "autocache-hook: error: " << problem << '\n';
  return tl::unexpected(ExitCode::kUsage);
}

/// Makes `transport` speak TLS, which `who` wants. Where this program cannot, the error has been
/// printed.
tl::expected<void, ExitCode> speak_tls(TransportOptions& transport,
                                       const std::string& ca_file,
                                       const std::string& who,
                                       Surroundings& world) {
  if (!tls_supported()) {
    return usage(world,
                 who + ", but this program was built without TLS (hiredis 1.0 or newer needed)");
  }
  transport.tls = TlsOptions{ca_file, "", ""};
  return {};
}

std::uint64_t crash_after(const Surroundings& world) {
  const std::string text = world.environment("AUTOCACHE_HOOK_CRASH_AFTER");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// A missing password file is no error: on a first install the Secret may come later in the same
/// sync (design 5.1.10).
tl::expected<Credentials, std::string> read_credentials(const std::string& username,
                                                        const std::string& file) {
  Credentials credentials{username, ""};
  if (file.empty()) {
    return credentials;
  }
  auto password = read_password(file);
  if (!password) {
    return tl::unexpected(password.error());
  }
  credentials.password = std::move(*password);
  return credentials;
}

}  // namespace

std::unique_ptr<StreamLog> make_log(const Options& options,
                                    Surroundings& world,
                                    std::function<void()> before_line) {
  const LogFormat format =
      options.log.value_or(world.terminal ? LogFormat::kText : LogFormat::kJson);
  return std::make_unique<StreamLog>(world.err, format,
                                     options.verbose ? Level::kDebug : Level::kInfo, utc_timestamp,
                                     std::move(before_line));
}

tl::expected<std::unique_ptr<Session>, ExitCode> make_session(const Options& options,
                                                              Surroundings& world) {
  std::string text =
      options.desired.empty() ? world.environment("AUTOCACHE_DESIRED") : options.desired;
  if (text.empty()) {
    return usage(world, "--desired (or AUTOCACHE_DESIRED) is missing");
  }
  if (!trim(text).starts_with('{')) {
    auto content = read_file(text);
    if (!content) {
      return usage(world, content.error());
    }
    text = std::move(*content);
  }
  auto desired = parse_desired(text);
  if (!desired) {
    for (const Diagnostic& diagnostic : desired.error()) {
      world.err << "autocache-hook: error: "
                << (diagnostic.path.empty() ? "" : diagnostic.path + ": ") << diagnostic.message
                << (diagnostic.hint.empty() ? "" : " (" + diagnostic.hint + ")") << '\n';
    }
    return tl::unexpected(ExitCode::kUsage);
  }
  auto session = std::make_unique<Session>(world);
  session->options = options;
  session->desired = std::move(*desired);
  const bool live_line =
      world.terminal && options.log.value_or(LogFormat::kText) == LogFormat::kText;
  session->progress = std::make_unique<ProgressView>(
      live_line ? ProgressView::Target::kTerminal : ProgressView::Target::kLog, world.err,
      session->clock);
  session->log = make_log(options, world, [view = session->progress.get()] { view->clear(); });
  TransportOptions transport;
  transport.client_name = "autocache-hook";
  transport.crash_after = crash_after(world);
  if (session->desired.auth) {
    auto credentials =
        read_credentials(session->desired.auth->username, session->desired.auth->password_file);
    if (!credentials) {
      session->log->warn("no_password",
                         "the password file cannot be read, going on without a password",
                         {{"error", credentials.error()}});
    } else {
      session->credentials = std::move(*credentials);
    }
  }
  if (session->desired.tls_ca_file) {
    if (const auto ready = speak_tls(transport, *session->desired.tls_ca_file,
                                     "the desired state asks for TLS", world);
        !ready) {
      return tl::unexpected(ready.error());
    }
  }
  transport.credentials = session->credentials;
  session->transport = std::make_unique<HiredisTransport>(session->clock, std::move(transport));
  session->until = session->clock.now() + std::chrono::duration_cast<Duration>(
                                              options.timeout.value_or(session->desired.timeout));
  return session;
}

tl::expected<std::unique_ptr<HiredisTransport>, ExitCode> make_node_transport(
    const Options& options, Surroundings& world, Clock& clock) {
  if (!parse_endpoint(options.node)) {
    return usage(world, options.node.empty() ? "--node is missing"
                                             : "--node: " + options.node + " is no address");
  }
  TransportOptions transport;
  if (!options.tls_ca_file.empty()) {
    const auto ready = speak_tls(transport, options.tls_ca_file, "--tls-ca is given", world);
    if (!ready) {
      return tl::unexpected(ready.error());
    }
  }
  const std::string file = options.password_file.empty()
                               ? world.environment("AUTOCACHE_PASSWORD_FILE")
                               : options.password_file;
  auto credentials = read_credentials(options.username, file);
  if (!credentials) {
    world.err << "autocache-hook: error: " << credentials.error() << '\n';
    return tl::unexpected(ExitCode::kFailed);
  }
  transport.credentials = std::move(*credentials);
  if (options.timeout) {
    transport.connect_timeout = std::min(transport.connect_timeout, *options.timeout);
  }
  return std::make_unique<HiredisTransport>(clock, std::move(transport));
}

}  // namespace autocache::hook
