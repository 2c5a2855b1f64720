/* A disk that fails, or a process that dies, at the nth operation on files below a
   folder; and a record of all of them, for what a power cut leaves.

   cc -shared -fPIC -O1 -o disk.so disk.c -ldl; run with LD_PRELOAD=disk.so, and call
   asbuilt_arm from the process itself (tests/faults/disk.py). Whoever calls libc is
   seen: Python as well as SQLite. */

#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, FAIL, HALF, HALF_THEN_FAIL };

static char root[4096];
static size_t root_length;
static int mode, code, reads, trace = -1;
static long at = -1, last = -1, count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside;

/* below: only what lies there counts. From the nth operation to the last (exclusive) it
   happens; with_reads: reading counts as well; to: where each is written down */
void asbuilt_arm(const char *below, int what, long from, long until, int number,
                 int with_reads, int to) {
  mode = what, at = from, last = until, code = number, reads = with_reads, trace = to;
  count = 0;
  snprintf(root, sizeof root, "%s", below);
  root_length = strlen(root);
}

long asbuilt_count(void) { return count; }

static void say(const char *text) {
  if (trace >= 0) {
    inside++;
    if (write(trace, text, strlen(text)) < 0) _exit(99);
    inside--;
  }
}

/* A line of the record: "W 42 0 100"; of a write the bytes follow. */
#define TELL(...)                             \
  do {                                        \
    if (trace >= 0) {                         \
      char line_[9000];                       \
      snprintf(line_, sizeof line_, __VA_ARGS__); \
      say(line_);                             \
    }                                         \
  } while (0)

void asbuilt_note(const char *text) {
  pthread_mutex_lock(&lock);
  TELL("A\t%s\n", text);
  pthread_mutex_unlock(&lock);
}

static int below(const char *path) {
  return root_length && path && !strncmp(path, root, root_length) &&
         (path[root_length] == '/' || !path[root_length]);
}

static int path_of(int fd, char *path, size_t size) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, size - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int joined(int dir, const char *path, char *to, size_t size) {
  if (!root_length || !path) return 0;
  if (path[0] == '/') {
    snprintf(to, size, "%s", path);
    return below(to);
  }
  char base[4096];
  if (dir == AT_FDCWD || !path_of(dir, base, sizeof base)) return 0;
  snprintf(to, size, "%s/%s", base, path);
  return 1;
}

/* 0: go on; else the number of the error. HALF is told to the caller by -1, */
/* and for what cannot be done by half nothing happens. */
static int step(const char *name, const char *what) {
  long number = count++;
  TELL("#\t%ld\t%s\t%s\n", number, name, what);
  if (number < at || number >= last) return 0;
  if (mode == KILL) kill(getpid(), SIGKILL), pause();
  if (mode == FAIL) return code;
  if (mode == HALF) return -1;
  if (mode == HALF_THEN_FAIL) return number == at ? -1 : code;
  return 0;
}

int asbuilt_point(const char *name) {
  if (!root_length || mode == COUNT) return 0;
  pthread_mutex_lock(&lock);
  int found = step("sql", name);
  pthread_mutex_unlock(&lock);
  return found > 0 ? found : 0;
}

static unsigned long inode(int fd) {
  struct stat found;
  return fstat(fd, &found) ? 0 : found.st_ino;
}

#define REAL(name, type, ...)                              \
  static type (*real)(__VA_ARGS__);                        \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)
#define ENTER() (inside++, pthread_mutex_lock(&lock))
#define LEAVE()                  \
  do {                           \
    int kept_ = errno;           \
    pthread_mutex_unlock(&lock); \
    inside--;                    \
    errno = kept_;               \
  } while (0)

/* An operation without data: RUN is what it calls, THEN what is written down. */
#define PLAIN(name, what, RUN, THEN)     \
  do {                                   \
    ENTER();                             \
    int result_ = -1, wrong_ = step(name, what); \
    if (wrong_ > 0) errno = wrong_;      \
    else {                               \
      result_ = RUN;                     \
      if (!result_) THEN;                \
    }                                    \
    LEAVE();                             \
    return result_;                      \
  } while (0)

/* --- opening */

static int opened(int (*real)(int, const char *, int, ...), int dir, const char *path,
                  int flags, mode_t how) {
  char full[4096];
  int changes = flags & (O_CREAT | O_TRUNC) || (flags & O_ACCMODE) != O_RDONLY;
  if (inside || !(changes || reads) || !joined(dir, path, full, sizeof full))
    return real(dir, path, flags, how);
  ENTER();
  int fd = -1, wrong = step(changes ? "open" : "open to read", full);
  if (wrong > 0) errno = wrong;
  else {
    struct stat before;
    int was = !fstatat(dir, path, &before, 0);
    fd = real(dir, path, flags, how);
    if (fd >= 0 && !was && flags & O_CREAT) TELL("C\t%lu\t%s\n", inode(fd), full);
    if (fd >= 0 && was && flags & O_TRUNC) TELL("T\t%lu\t0\n", inode(fd));
  }
  LEAVE();
  return fd;
}

#define OPEN(name)                                                   \
  int name(const char *path, int flags, ...) {                       \
    static int (*real)(int, const char *, int, ...);                 \
    if (!real) real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat"); \
    va_list rest;                                                    \
    va_start(rest, flags);                                           \
    mode_t how = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                    \
    return opened(real, AT_FDCWD, path, flags, how);                 \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                 \
  int name(int dir, const char *path, int flags, ...) {              \
    static int (*real)(int, const char *, int, ...);                 \
    if (!real) real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat"); \
    va_list rest;                                                    \
    va_start(rest, flags);                                           \
    mode_t how = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                    \
    return opened(real, dir, path, flags, how);                      \
  }
OPENAT(openat)
OPENAT(openat64)

/* --- bytes */

static ssize_t wrote(int fd, const void *data, size_t size, off_t place, int placed,
                     ssize_t (*put)(int, const void *, size_t),
                     ssize_t (*put_at)(int, const void *, size_t, off_t)) {
  char path[4096];
  if (inside || !root_length || !path_of(fd, path, sizeof path))
    return placed ? put_at(fd, data, size, place) : put(fd, data, size);
  ENTER();
  ssize_t done = -1;
  int wrong = step("write", path);
  if (wrong > 0) errno = wrong;
  else {
    if (wrong < 0 && size > 1) size /= 2;
    struct stat found;
    if (!placed) place = lseek(fd, 0, SEEK_CUR);
    if (fcntl(fd, F_GETFL) & O_APPEND && !fstat(fd, &found)) place = found.st_size;
    done = placed ? put_at(fd, data, size, place) : put(fd, data, size);
    if (done > 0 && trace >= 0) {
      TELL("W\t%lu\t%ld\t%zd\n", inode(fd), (long)place, done);
      if (write(trace, data, done) != done) _exit(99);
    }
  }
  LEAVE();
  return done;
}

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write, ssize_t, int, const void *, size_t);
  if (inside) return real(fd, data, size);
  return wrote(fd, data, size, 0, 0, real, 0);
}
#define PWRITE(name)                                                      \
  ssize_t name(int fd, const void *data, size_t size, off_t place) {      \
    REAL(name, ssize_t, int, const void *, size_t, off_t);                \
    return wrote(fd, data, size, place, 1, 0, real);                      \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

static int may_read(int fd, size_t *size) {
  char path[4096];
  if (inside || !reads || !path_of(fd, path, sizeof path)) return 0;
  ENTER();
  int wrong = step("read", path);
  LEAVE();
  if (wrong < 0 && *size > 1) *size /= 2;
  return wrong;
}

ssize_t read(int fd, void *data, size_t size) {
  REAL(read, ssize_t, int, void *, size_t);
  int wrong = may_read(fd, &size);
  if (wrong > 0) return errno = wrong, -1;
  return real(fd, data, size);
}
#define PREAD(name)                                              \
  ssize_t name(int fd, void *data, size_t size, off_t place) {   \
    REAL(name, ssize_t, int, void *, size_t, off_t);             \
    int wrong = may_read(fd, &size);                             \
    if (wrong > 0) return errno = wrong, -1;                     \
    return real(fd, data, size, place);                          \
  }
PREAD(pread)
PREAD(pread64)

/* Copies that the kernel makes: not here, whoever asks falls back to read and write. */
ssize_t sendfile(int to, int from, off_t *place, size_t size) {
  REAL(sendfile, ssize_t, int, int, off_t *, size_t);
  char path[4096];
  if (!inside && root_length && path_of(to, path, sizeof path)) return errno = ENOTSOCK, -1;
  return real(to, from, place, size);
}
ssize_t sendfile64(int to, int from, off_t *place, size_t size) {
  return sendfile(to, from, place, size);
}
ssize_t copy_file_range(int from, off_t *a, int to, off_t *b, size_t size, unsigned f) {
  REAL(copy_file_range, ssize_t, int, off_t *, int, off_t *, size_t, unsigned);
  char path[4096];
  if (!inside && root_length && path_of(to, path, sizeof path)) return errno = EXDEV, -1;
  return real(from, a, to, b, size, f);
}

/* --- what is about an open file */

#define FILE_OPERATION(name, type, PARAMETERS, ARGUMENTS, RECORD)      \
  int name PARAMETERS {                                                \
    static int(*real) PARAMETERS;                                      \
    if (!real) real = (int(*) PARAMETERS)dlsym(RTLD_NEXT, #name);      \
    char path[4096];                                                   \
    if (inside || !root_length || !path_of(fd, path, sizeof path))     \
      return real ARGUMENTS;                                           \
    PLAIN(type, path, real ARGUMENTS, RECORD);                         \
  }
FILE_OPERATION(fsync, "fsync", (int fd), (fd), TELL("F\t%lu\t%s\n", inode(fd), path))
FILE_OPERATION(fdatasync, "fsync", (int fd), (fd), TELL("F\t%lu\t%s\n", inode(fd), path))
FILE_OPERATION(ftruncate, "truncate", (int fd, off_t size), (fd, size),
               TELL("T\t%lu\t%ld\n", inode(fd), (long)size))
FILE_OPERATION(ftruncate64, "truncate", (int fd, off_t size), (fd, size),
               TELL("T\t%lu\t%ld\n", inode(fd), (long)size))
FILE_OPERATION(fchmod, "chmod", (int fd, mode_t how), (fd, how), (void)0)

#define ALLOCATE(name)                                                   \
  int name(int fd, off_t begin, off_t size) {                            \
    REAL(name, int, int, off_t, off_t);                                  \
    char path[4096];                                                     \
    if (inside || !root_length || !path_of(fd, path, sizeof path))       \
      return real(fd, begin, size);                                      \
    ENTER();                                                             \
    int wrong = step("allocate", path);                                  \
    if (wrong <= 0) wrong = real(fd, begin, size);                       \
    if (!wrong) TELL("Z\t%lu\t%ld\n", inode(fd), (long)(begin + size));  \
    LEAVE();                                                             \
    return wrong;                                                        \
  }
ALLOCATE(posix_fallocate)
ALLOCATE(posix_fallocate64)

/* --- names */

#define NAME_OPERATION(name, type, PARAMETERS, ARGUMENTS, DIR, RECORD)   \
  int name PARAMETERS {                                                  \
    static int(*real) PARAMETERS;                                        \
    if (!real) real = (int(*) PARAMETERS)dlsym(RTLD_NEXT, #name);        \
    char full[4096];                                                     \
    if (inside || !joined(DIR, path, full, sizeof full))                 \
      return real ARGUMENTS;                                             \
    PLAIN(type, full, real ARGUMENTS, RECORD);                           \
  }
NAME_OPERATION(unlink, "unlink", (const char *path), (path), AT_FDCWD,
               TELL("U\t%s\n", full))
NAME_OPERATION(remove, "unlink", (const char *path), (path), AT_FDCWD,
               TELL("U\t%s\n", full))
NAME_OPERATION(unlinkat, "unlink", (int dir, const char *path, int how),
               (dir, path, how), dir, TELL("U\t%s\n", full))
NAME_OPERATION(rmdir, "rmdir", (const char *path), (path), AT_FDCWD,
               TELL("U\t%s\n", full))
NAME_OPERATION(mkdir, "mkdir", (const char *path, mode_t how), (path, how), AT_FDCWD,
               TELL("M\t%s\n", full))
NAME_OPERATION(mkdirat, "mkdir", (int dir, const char *path, mode_t how),
               (dir, path, how), dir, TELL("M\t%s\n", full))
NAME_OPERATION(chmod, "chmod", (const char *path, mode_t how), (path, how), AT_FDCWD,
               (void)0)
NAME_OPERATION(fchmodat, "chmod", (int dir, const char *path, mode_t how, int flags),
               (dir, path, how, flags), dir, (void)0)
static unsigned long inode_of(const char *path) {
  struct stat found;
  return stat(path, &found) ? 0 : found.st_ino;
}
NAME_OPERATION(truncate, "truncate", (const char *path, off_t size), (path, size),
               AT_FDCWD, TELL("T\t%lu\t%ld\n", inode_of(full), (long)size))
NAME_OPERATION(truncate64, "truncate", (const char *path, off_t size), (path, size),
               AT_FDCWD, TELL("T\t%lu\t%ld\n", inode_of(full), (long)size))

#define TWO_NAMES(name, type, letter, PARAMETERS, ARGUMENTS, DIR, TO_DIR)   \
  int name PARAMETERS {                                                     \
    static int(*real) PARAMETERS;                                           \
    if (!real) real = (int(*) PARAMETERS)dlsym(RTLD_NEXT, #name);           \
    char full[4096], other[4096];                                           \
    int first = !inside && joined(DIR, path, full, sizeof full);            \
    if (!inside && joined(TO_DIR, to, other, sizeof other) + first == 2)    \
      PLAIN(type, other, real ARGUMENTS, TELL(letter "\t%s\t%s\n", full, other)); \
    return real ARGUMENTS;                                                  \
  }
TWO_NAMES(rename, "rename", "R", (const char *path, const char *to), (path, to),
          AT_FDCWD, AT_FDCWD)
TWO_NAMES(renameat, "rename", "R", (int a, const char *path, int b, const char *to),
          (a, path, b, to), a, b)
TWO_NAMES(link, "link", "L", (const char *path, const char *to), (path, to), AT_FDCWD,
          AT_FDCWD)
TWO_NAMES(linkat, "link", "L",
          (int a, const char *path, int b, const char *to, int flags),
          (a, path, b, to, flags), a, b)
