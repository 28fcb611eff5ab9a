// Makes accepting fail as it is told, so that a test sees what a program does about it. Preloaded (LD_PRELOAD).
//   ACCEPT_ERRORS  what the first calls of accept4 and accept answer, in order: "EINTR*3,EPROTO"; later calls go through
//   ACCEPT_LOG     a file that gets one line for each call: the error that it was made to answer, "accepted", or "passed"
//                  for a call that went through and found nothing
// A connection whose accepting was made to fail stays where it is: the next call finds it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
  const char *name;
  int number;
} KNOWN[] = {
    {"EINTR", EINTR},   {"ECONNABORTED", ECONNABORTED},
    {"EBADF", EBADF},   {"EMFILE", EMFILE},
    {"ENFILE", ENFILE}, {"ENOBUFS", ENOBUFS},
    {"ENOMEM", ENOMEM}, {"EPROTO", EPROTO},
    {"EPERM", EPERM},
};

// Where in ACCEPT_ERRORS the next answer is, and how often that entry was given. Accepting is done by one thread.
static const char *next_entry = NULL;
static long given = 0;

static void note(const char *word) {
  const char *path = getenv("ACCEPT_LOG");
  if (path == NULL) return;
  const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd == -1) abort();
  char line[32];
  const size_t length = strlen(word);
  memcpy(line, word, length);
  line[length] = '\n';
  if (write(fd, line, length + 1) != (ssize_t)(length + 1)) abort();
  close(fd);
}

// The error to answer now; 0: the call goes through.
static int next_error(void) {
  if (next_entry == NULL) {
    next_entry = getenv("ACCEPT_ERRORS");
    if (next_entry == NULL) next_entry = "";
  }
  if (*next_entry == '\0') return 0;
  const size_t length = strcspn(next_entry, "*,");
  const char *rest = next_entry + length;
  char *end = (char *)rest;
  const long times = *rest == '*' ? strtol(rest + 1, &end, 10) : 1;
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
    if (strlen(KNOWN[i].name) != length || strncmp(KNOWN[i].name, next_entry, length) != 0) continue;
    given += 1;
    if (given >= times) {
      given = 0;
      next_entry = *end == ',' ? end + 1 : end;
    }
    note(KNOWN[i].name);
    return KNOWN[i].number;
  }
  // A word that means nothing shall not pass for a test that holds.
  abort();
}

static int noted(int fd) {
  const int error = errno;
  note(fd == -1 ? "passed" : "accepted");
  errno = error;
  return fd;
}

int accept4(int listening, struct sockaddr *address, socklen_t *length, int flags) {
  static int (*real)(int, struct sockaddr *, socklen_t *, int) = NULL;
  const int error = next_error();
  if (error != 0) {
    errno = error;
    return -1;
  }
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "accept4");
  return noted(real(listening, address, length, flags));
}

int accept(int listening, struct sockaddr *address, socklen_t *length) {
  return accept4(listening, address, length, 0);
}
