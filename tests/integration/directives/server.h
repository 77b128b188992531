#pragma once

// One real server process on a free port of loopback, without any configuration, and the two CONFIG
// commands.

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

struct redisContext;

namespace autocache::testing {

class Server {
 public:
  /// Starts `program` in a new empty folder and waits until it answers; null if it does not within
  /// 10 seconds.
  static std::unique_ptr<Server> start(const std::string& program);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// "" if the server answered OK, else its error.
  std::string set(const std::string& name, const std::string& value);
  /// What CONFIG GET says for one name; nothing if the server does not know it.
  std::optional<std::string> get(const std::string& name);
  /// CONFIG GET *.
  std::map<std::string, std::string> all();

 private:
  Server() = default;
  bool connect();

  pid_t pid_ = -1;
  int port_ = 0;
  std::string folder_;
  redisContext* context_ = nullptr;
};

}  // namespace autocache::testing
