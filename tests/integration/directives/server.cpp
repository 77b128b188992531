#include "integration/directives/server.h"

#include <hiredis/hiredis.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

namespace autocache::testing {
namespace {

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int port = 0;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(fd);
  return port;
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

Reply command(redisContext* context, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  return Reply(static_cast<redisReply*>(
      redisCommandArgv(context, static_cast<int>(words.size()), texts.data(), sizes.data())));
}

}  // namespace

std::unique_ptr<Server> Server::start(const std::string& program) {
  std::unique_ptr<Server> server(new Server);
  std::string folder =
      (std::filesystem::temp_directory_path() / "autocache-directives-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return nullptr;
  server->folder_ = folder;
  server->port_ = free_port();
  const std::string port = std::to_string(server->port_);
  server->pid_ = ::fork();
  if (server->pid_ == 0) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, 1);
    ::dup2(null, 2);
    if (::chdir(folder.c_str()) == 0) {
      ::execl(program.c_str(), program.c_str(), "--port", port.c_str(),
              static_cast<char*>(nullptr));
    }
    ::_exit(127);
  }
  for (int i = 0; i < 200; ++i) {
    if (server->connect()) return server;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return nullptr;
}

Server::~Server() {
  if (context_ != nullptr) redisFree(context_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
}

bool Server::connect() {
  if (context_ != nullptr) redisFree(context_);
  context_ = redisConnectWithTimeout("127.0.0.1", port_, timeval{5, 0});
  if (context_ == nullptr || context_->err != 0) return false;
  const Reply reply = command(context_, {"PING"});
  return reply && reply->type == REDIS_REPLY_STATUS;
}

std::string Server::set(const std::string& name, const std::string& value) {
  const Reply reply = command(context_, {"CONFIG", "SET", name, value});
  if (!reply) return "no reply";
  return reply->type == REDIS_REPLY_ERROR ? std::string(reply->str, reply->len) : std::string();
}

std::optional<std::string> Server::get(const std::string& name) {
  const Reply reply = command(context_, {"CONFIG", "GET", name});
  if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return std::nullopt;
  return std::string(reply->element[1]->str, reply->element[1]->len);
}

std::map<std::string, std::string> Server::all() {
  std::map<std::string, std::string> result;
  const Reply reply = command(context_, {"CONFIG", "GET", "*"});
  if (!reply || reply->type != REDIS_REPLY_ARRAY) return result;
  for (std::size_t i = 0; i + 1 < reply->elements; i += 2) {
    const redisReply* name = reply->element[i];
    const redisReply* value = reply->element[i + 1];
    result.emplace(std::string(name->str, name->len), std::string(value->str, value->len));
  }
  return result;
}

}  // namespace autocache::testing
