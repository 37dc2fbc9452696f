/* pawl-exec: becomes a step's program.
 *
 *   pawl-exec PARENT OFFSET LIMITS WORKDIR PROGRAM [ARGUMENT…]
 *
 * PARENT   pid of the worker: when it is not our parent any more, we do not start
 * OFFSET   where our slot stands in the group table, which is open as PAWL_GROUP_FD
 * LIMITS   "RESOURCE:SOFT:HARD," for each rlimit, in decimal; may be empty
 * WORKDIR  where to go first; empty: stay
 *
 * posix_spawn has made the process group, reset the signals and placed 0, 1 and 2 before. What it
 * cannot do is done here: die with the worker, limits, the folder, no other open file, a record of
 * the group. Failures are written into the slot (stage and errno), so that no pipe is needed.
 *
 * Without a C library, because every step pays for its start: this form costs no measurable time,
 * the static glibc form cost a quarter of the spawn rate. */

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/prctl.h>

#include "steps/group_slot.h"

enum { sigkill = 9, clock_boottime = 7, close_range_cloexec = 4, path_bytes = 4352 };

typedef unsigned long word;

#if defined(__x86_64__)
static long call5(long number, word a, word b, word c, word d, word e) {
  long result;
  register word r10 __asm__("r10") = d;
  register word r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call run\n");
#elif defined(__aarch64__)
static long call5(long number, word a, word b, word c, word d, word e) {
  register long x8 __asm__("x8") = number;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  register word x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return (long)x0;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x0, sp\n"
    "  bl run\n");
#else
#error "pawl-exec knows the system calls of x86-64 and aarch64"
#endif

struct Limit {
  uint64_t soft, hard;
};
struct Time {
  int64_t seconds, nanoseconds;
};

static word at(const void* pointer) { return (word)pointer; }

static void leave(int code) {
  for (;;) call5(__NR_exit_group, (word)code, 0, 0, 0, 0);
}

static struct PawlGroupSlot slot;
static word slot_offset;

static long record(void) {
  return call5(__NR_pwrite64, PAWL_GROUP_FD, at(&slot), sizeof slot, slot_offset, 0);
}

static void give_up(enum PawlStage stage, long negative_errno) {
  slot.stage = (int16_t)stage;
  slot.error = (int16_t)-negative_errno;
  record();
  leave(127);
}

static const char* number(const char* text, uint64_t* value) {
  *value = 0;
  while (*text >= '0' && *text <= '9') *value = *value * 10 + (uint64_t)(*text++ - '0');
  return *text ? text + 1 : text;
}

static void set_limits(const char* text) {
  while (*text) {
    uint64_t resource;
    struct Limit limit;
    text = number(text, &resource);
    text = number(text, &limit.soft);
    text = number(text, &limit.hard);
    const long result = call5(__NR_prlimit64, 0, (word)resource, at(&limit), 0, 0);
    if (result < 0) give_up(PAWL_STAGE_LIMIT, result);
  }
}

static const char* variable(char** environment, const char* name) {
  for (; *environment; ++environment) {
    const char* a = *environment;
    const char* b = name;
    while (*b && *a == *b) ++a, ++b;
    if (!*b && *a == '=') return a + 1;
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

static int has_slash(const char* text) {
  for (; *text; ++text)
    if (*text == '/') return 1;
  return 0;
}

/* Like execvp, but a file without an interpreter line is an error, not a shell script. */
static long become(char** arguments, char** environment) {
  const char* program = arguments[0];
  if (!*program) return -ENOENT;
  if (has_slash(program))
    return call5(__NR_execve, at(program), at(arguments), at(environment), 0, 0);

  long answer = -ENOENT;
  const char* folder = variable(environment, "PATH");
  for (;;) {
    char path[path_bytes];
    int length = 0;
    while (*folder && *folder != ':' && length < path_bytes - 2) path[length++] = *folder++;
    if (length == 0) path[length++] = '.';
    path[length++] = '/';
    const char* name = program;
    while (*name && length < path_bytes - 1) path[length++] = *name++;
    path[length] = 0;
    const long result = *name || (*folder && *folder != ':')
                            ? -ENAMETOOLONG
                            : call5(__NR_execve, at(path), at(arguments), at(environment), 0, 0);
    if (result != -ENOENT && result != -ENOTDIR && result != -EACCES) return result;
    if (result == -EACCES) answer = result;
    if (!*folder) return answer;
    ++folder;
  }
}

/* `stack` is what the kernel left: argc, argv, null, envp. */
__attribute__((used)) void run(word* stack) {
  const word count = stack[0];
  char** arguments = (char**)(stack + 1);
  char** environment = arguments + count + 1;
  if (count < 6) leave(2);

  uint64_t parent;
  uint64_t offset;
  number(arguments[1], &parent);
  number(arguments[2], &offset);
  slot_offset = (word)offset;

  call5(__NR_prctl, PR_SET_PDEATHSIG, sigkill, 0, 0, 0);
  if ((uint64_t)call5(__NR_getppid, 0, 0, 0, 0, 0) != parent) leave(127);
  struct Time now;
  call5(__NR_clock_gettime, clock_boottime, at(&now), 0, 0, 0);
  slot.pid = (int32_t)call5(__NR_getpid, 0, 0, 0, 0, 0);
  slot.started_ns = now.seconds * 1000000000 + now.nanoseconds;
  if (record() < 0) leave(126);

  call5(__NR_close_range, PAWL_GROUP_FD, ~0U, close_range_cloexec, 0, 0);
  set_limits(arguments[3]);
  if (*arguments[4]) {
    const long result = call5(__NR_chdir, at(arguments[4]), 0, 0, 0, 0);
    if (result < 0) give_up(PAWL_STAGE_CHDIR, result);
  }
  give_up(PAWL_STAGE_EXEC, become(arguments + 5, environment));
}
