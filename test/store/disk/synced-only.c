/* Copies a file of the state to $SYNCED whenever it is synced: what a power cut leaves, without anything that was not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void keep(int fd) {
  char link[64], path[4096], copy[4200], temporary[4300], buffer[65536];
  const char *folder = getenv("SYNCED");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (folder == NULL || length < 0) return;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  if (name == NULL || strncmp(name, "/state.db", 9) != 0) return;
  snprintf(copy, sizeof copy, "%s%s", folder, name);
  snprintf(temporary, sizeof temporary, "%s.part", copy);
  int out = open(temporary, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  off_t at = 0;
  ssize_t got;
  while ((got = pread(fd, buffer, sizeof buffer, at)) > 0) {
    if (write(out, buffer, got) != got) abort();
    at += got;
  }
  close(out);
  rename(temporary, copy);
}

int fsync(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  int result = next(fd);
  keep(fd);
  return result;
}

int fdatasync(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  int result = next(fd);
  keep(fd);
  return result;
}
