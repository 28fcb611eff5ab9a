// The accept path: listens, accepts, and hands descriptors to JavaScript, all on Node's own event loop.
//
// It never asks a socket whether it listens (SO_ACCEPTCONN): that question fails on macOS for sockets that do.
// What accepting may answer, and what follows:
//   a descriptor          handed over: close-on-exec, non-blocking
//   EAGAIN                nobody waits; the loop says when somebody does
//   EINTR, ECONNABORTED   asked again at once: a signal came, or that one caller hung up
//   EBADF                 somebody closed our descriptor: reported, and the listener ends
//   anything else         reported, and asked again after a pause (EMFILE, ENFILE, ENOBUFS, ENOMEM ...)
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <napi.h>
#include <uv.h>

namespace {

// Accepted in one turn of the event loop; a flood of callers must not keep the other sockets waiting.
constexpr int kAcceptsPerTurn = 64;

// A system error as Node reports it: code, errno (negative) and syscall beside the message.
Napi::Error SystemError(Napi::Env env, int error, const char* syscall, const std::string& where) {
  const int number = -error;
  const std::string code = uv_err_name(number);
  std::string message = std::string(syscall) + " " + code + ": " + uv_strerror(number);
  if (!where.empty()) message += " " + where;
  Napi::Error value = Napi::Error::New(env, message);
  value.Set("code", Napi::String::New(env, code));
  value.Set("errno", Napi::Number::New(env, number));
  value.Set("syscall", Napi::String::New(env, syscall));
  return value;
}

#if !defined(__linux__)
bool SetFlags(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags != -1 && fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != -1;
}
#endif

// A new socket, close-on-exec and non-blocking; -1 and errno otherwise.
int NewSocket(int family) {
#if defined(__linux__)
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = socket(family, SOCK_STREAM, 0);
  if (fd == -1 || SetFlags(fd)) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
#endif
}

// The next connection, close-on-exec and non-blocking; -1 and errno otherwise.
int AcceptOne(int listening) {
#if defined(__linux__)
  return accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  const int fd = accept(listening, nullptr, nullptr);
  if (fd == -1 || SetFlags(fd)) return fd;
  close(fd);
  // It went away in between; that is no fault of the listening socket.
  errno = ECONNABORTED;
  return -1;
#endif
}

// What was opened, or the error and the call that failed.
struct Opened {
  int fd = -1;
  int port = 0;
  int error = 0;
  const char* syscall = "";
};

Opened Fail(Opened opened, const char* syscall) {
  opened.error = errno;
  opened.syscall = syscall;
  if (opened.fd != -1) close(opened.fd);
  opened.fd = -1;
  return opened;
}

Opened Open(const std::string& host, int port, int backlog) {
  Opened opened;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  // Addresses only: looking up a name would block the event loop.
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0 || found == nullptr) {
    errno = EINVAL;
    return Fail(opened, "getaddrinfo");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, freeaddrinfo);

  const int on = 1;
  const int off = 0;
  opened.fd = NewSocket(address->ai_family);
  if (opened.fd == -1) return Fail(opened, "socket");
  if (setsockopt(opened.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) return Fail(opened, "setsockopt");
  // As in net: who listens on :: listens on IPv4, too. Where a system does not allow that, IPv6 alone serves.
  if (address->ai_family == AF_INET6) setsockopt(opened.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(opened.fd, address->ai_addr, address->ai_addrlen) == -1) return Fail(opened, "bind");
  if (listen(opened.fd, backlog) == -1) return Fail(opened, "listen");

  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (getsockname(opened.fd, reinterpret_cast<sockaddr*>(&bound), &length) == -1) return Fail(opened, "getsockname");
  opened.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                                  : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  return opened;
}

// A listening socket on the event loop. It owns itself from Start until both handles are closed; the function that
// JavaScript holds owns it as well, so that a late close() finds it. Everything happens on the thread of the loop.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Napi::Env env, int fd, uint64_t retry_ms, Napi::Function on_socket, Napi::Function on_error)
      : env_(env),
        fd_(fd),
        retry_ms_(retry_ms),
        on_socket_(Napi::Persistent(on_socket)),
        on_error_(Napi::Persistent(on_error)),
        context_(std::make_unique<Napi::AsyncContext>(env, "beamcade.accept")) {}

  ~Listener() {
    if (fd_ != -1) close(fd_);
  }

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // 0, or a negative error number; then nothing was started.
  int Start() {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env_, &loop) != napi_ok) return UV_EINVAL;
    const int status = uv_poll_init(loop, &poll_, fd_);
    if (status < 0) return status;
    uv_timer_init(loop, &timer_);
    poll_.data = this;
    timer_.data = this;
    self_ = shared_from_this();
    // A worker that ends, or a process that exits, has to wait until the handles are closed.
    napi_add_async_cleanup_hook(
        env_, [](napi_async_cleanup_hook_handle, void* data) { static_cast<Listener*>(data)->Close(); }, this, &hook_);
    Resume();
    return 0;
  }

  void Close() {
    if (closed_ || !self_) return;
    closed_ = true;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), OnClosed);
    // Only after uv_close, which takes it out of the poll set. The port is free from here on.
    if (fd_ != -1) close(fd_);
    fd_ = -1;
  }

 private:
  static void OnClosed(uv_handle_t* handle) {
    auto* self = static_cast<Listener*>(handle->data);
    self->handles_closed_ += 1;
    if (self->handles_closed_ == 2) self->Finish();
  }

  void Finish() {
    const std::shared_ptr<Listener> hold = std::move(self_);
    const Napi::HandleScope scope(env_);
    on_socket_.Reset();
    on_error_.Reset();
    context_.reset();
    napi_remove_async_cleanup_hook(hook_);
  }

  void Resume() {
    const int status = uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* poll, int status, int) {
      auto* self = static_cast<Listener*>(poll->data);
      if (status < 0) {
        self->Failed(-status, "poll");
      } else {
        self->Accept();
      }
    });
    if (status < 0) Failed(-status, "poll");
  }

  void Accept() {
    for (int i = 0; i < kAcceptsPerTurn && !closed_; i++) {
      const int fd = AcceptOne(fd_);
      if (fd != -1) {
        const Napi::HandleScope scope(env_);
        Call(on_socket_, Napi::Number::New(env_, fd));
        continue;
      }
      const int error = errno;
      if (error == EINTR || error == ECONNABORTED) continue;
      if (error != EAGAIN && error != EWOULDBLOCK) Failed(error, "accept");
      return;
    }
  }

  void Failed(int error, const char* syscall) {
    const Napi::HandleScope scope(env_);
    if (error == EBADF) {
      // The number may belong to somebody else by now: not ours to close.
      fd_ = -1;
      Close();
    } else {
      uv_poll_stop(&poll_);
      uv_timer_start(&timer_, [](uv_timer_t* timer) { static_cast<Listener*>(timer->data)->Retry(); }, retry_ms_, 0);
    }
    Call(on_error_, SystemError(env_, error, syscall, "").Value());
  }

  void Retry() {
    if (closed_) return;
    // The loop aborts the process when it is told to watch a descriptor that is no longer open.
    if (fcntl(fd_, F_GETFD) == -1) {
      Failed(errno, "accept");
    } else {
      Resume();
    }
  }

  void Call(Napi::FunctionReference& function, const Napi::Value argument) {
    try {
      function.MakeCallback(env_.Global(), {argument}, *context_);
    } catch (const Napi::Error& error) {
      // What the function throws is an uncaught exception, as from any other event.
      napi_fatal_exception(env_, error.Value());
    }
  }

  Napi::Env env_;
  int fd_;
  uint64_t retry_ms_;
  Napi::FunctionReference on_socket_;
  Napi::FunctionReference on_error_;
  std::unique_ptr<Napi::AsyncContext> context_;
  uv_poll_t poll_{};
  uv_timer_t timer_{};
  napi_async_cleanup_hook_handle hook_ = nullptr;
  std::shared_ptr<Listener> self_;
  bool closed_ = false;
  int handles_closed_ = 0;
};

// listen(host, port, backlog, retryMs, onSocket(fd), onError(error)) -> { port, close() }
Napi::Value Listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 6 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsNumber() || !info[3].IsNumber() ||
      !info[4].IsFunction() || !info[5].IsFunction()) {
    throw Napi::TypeError::New(env, "listen(host, port, backlog, retryMs, onSocket, onError)");
  }
  const std::string host = info[0].As<Napi::String>();
  const int port = info[1].As<Napi::Number>();
  const int backlog = info[2].As<Napi::Number>();
  const int64_t retry_ms = info[3].As<Napi::Number>();
  const std::string where = host + ":" + std::to_string(port);

  const Opened opened = Open(host, port, backlog);
  if (opened.fd == -1) throw SystemError(env, opened.error, opened.syscall, where);
  const auto listener =
      std::make_shared<Listener>(env, opened.fd, static_cast<uint64_t>(retry_ms < 1 ? 1 : retry_ms),
                                 info[4].As<Napi::Function>(), info[5].As<Napi::Function>());
  const int status = listener->Start();
  if (status < 0) throw SystemError(env, -status, "poll", where);

  Napi::Object result = Napi::Object::New(env);
  result.Set("port", Napi::Number::New(env, opened.port));
  result.Set("close", Napi::Function::New(env, [listener](const Napi::CallbackInfo&) { listener->Close(); }, "close"));
  return result;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("listen", Napi::Function::New(env, Listen, "listen"));
  return exports;
}

}  // namespace

NODE_API_MODULE(beamcade_accept, Init)
