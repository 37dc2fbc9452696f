/* pawl-exec: starts the programs of steps.
 *
 *   pawl-exec PARENT
 *
 * PARENT   pid of the worker: when it is not our parent any more, we do not start
 *
 * The starter reads orders (steps/exec_order.h) from the socket PAWL_ORDER_FD until its end, and
 * clones itself for each: a child of the worker (CLONE_PARENT) that leads a group of its own, dies
 * with the worker, has its limits, its folder and no other open file, and has left a record of the
 * group in the table that is open as PAWL_GROUP_FD. Then it becomes the program. Failures are
 * written into the slot (stage and errno), so that no pipe is needed.
 *
 * A process of its own, because the price of a clone grows with what the cloning process has
 * mapped, and without a C library, so that this is next to nothing. The clones share its memory and
 * it does not wait for them: each has an order and a stack of its own, which are free again when
 * the kernel clears the clone's `busy` (CLONE_CHILD_CLEARTID), because it has become its program or
 * is gone. */

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "steps/exec_order.h"
#include "steps/group_slot.h"

enum {
  sigkill = 9,
  sigchld = 17,
  clock_boottime = 7,
  close_range_cloexec = 4,
  msg_dontwait = 0x40,
  path_bytes = 4352,
  stack_bytes = 16384,
  futex_wait = 0, /* Not private: so the kernel wakes. */
  first_free_fd = PAWL_ORDER_FD + 1
};

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
/* A clone does `work`, which never returns, with what lies at the end of its stack. */
static long clone_for(word flags, const word* stack, int32_t* busy, void (*work)(void*)) {
  long result;
  register int32_t* r10 __asm__("r10") = busy;
  register word r8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n"
      "  test %%rax, %%rax\n"
      "  jnz 1f\n"
      "  xor %%ebp, %%ebp\n"
      "  mov (%%rsp), %%rdi\n"
      "  call *%[work]\n"
      "1:\n"
      : "=a"(result)
      : "a"(__NR_clone), "D"(flags), "S"(stack), "d"(0), "r"(r10), "r"(r8), [work] "r"(work)
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
/* A clone does `work`, which never returns, with what lies at the end of its stack. */
static long clone_for(word flags, const word* stack, int32_t* busy, void (*work)(void*)) {
  register long x8 __asm__("x8") = __NR_clone;
  register word x0 __asm__("x0") = flags;
  register const word* x1 __asm__("x1") = stack;
  register word x2 __asm__("x2") = 0;
  register word x3 __asm__("x3") = 0;
  register int32_t* x4 __asm__("x4") = busy;
  __asm__ volatile(
      "svc 0\n"
      "  cbnz x0, 1f\n"
      "  ldr x0, [sp]\n"
      "  blr %[work]\n"
      "1:\n"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [work] "r"(work)
      : "x30", "memory");
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

/* An order, and the clone that does it. */
struct Clone {
  int32_t busy;
  int32_t out, err;
  struct PawlOrder order;
  struct PawlGroupSlot slot;
  const char *limits, *workdir;
  char **arguments, **environment;
};

static uint64_t parent;
static struct Clone clones[PAWL_CLONES_MAX];
static char texts[PAWL_CLONES_MAX][PAWL_ORDER_BYTES_MAX] __attribute__((aligned(16)));
static word stacks[PAWL_CLONES_MAX][stack_bytes / sizeof(word)] __attribute__((aligned(16)));

static long record(const struct Clone* me) {
  return call5(__NR_pwrite64, PAWL_GROUP_FD, at(&me->slot), sizeof me->slot, (word)me->order.slot,
               0);
}

static void give_up(struct Clone* me, enum PawlStage stage, long negative_errno) {
  me->slot.stage = (int16_t)stage;
  me->slot.error = (int16_t)-negative_errno;
  record(me);
  leave(127);
}

static const char* number(const char* text, uint64_t* value) {
  *value = 0;
  while (*text >= '0' && *text <= '9') *value = *value * 10 + (uint64_t)(*text++ - '0');
  return *text ? text + 1 : text;
}

static void set_limits(struct Clone* me) {
  const char* text = me->limits;
  while (*text) {
    uint64_t resource;
    struct Limit limit;
    text = number(text, &resource);
    text = number(text, &limit.soft);
    text = number(text, &limit.hard);
    const long result = call5(__NR_prlimit64, 0, (word)resource, at(&limit), 0, 0);
    if (result < 0) give_up(me, PAWL_STAGE_LIMIT, result);
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

static void become_program(void* clone) {
  struct Clone* me = clone;
  me->slot.stage = PAWL_STAGE_NONE;
  me->slot.error = 0;
  call5(__NR_prctl, PR_SET_PDEATHSIG, sigkill, 0, 0, 0);
  if ((uint64_t)call5(__NR_getppid, 0, 0, 0, 0, 0) != parent) leave(127);
  call5(__NR_setpgid, 0, 0, 0, 0, 0);
  struct Time now;
  call5(__NR_clock_gettime, clock_boottime, at(&now), 0, 0, 0);
  me->slot.pid = (int32_t)call5(__NR_getpid, 0, 0, 0, 0, 0);
  me->slot.started_ns = now.seconds * 1000000000 + now.nanoseconds;
  if (record(me) < 0) leave(126);

  call5(__NR_dup3, (word)me->out, 1, 0, 0, 0);
  call5(__NR_dup3, (word)me->err, 2, 0, 0, 0);
  call5(__NR_close_range, PAWL_GROUP_FD, ~0U, close_range_cloexec, 0, 0);
  set_limits(me);
  if (*me->workdir) {
    const long result = call5(__NR_chdir, at(me->workdir), 0, 0, 0, 0);
    if (result < 0) give_up(me, PAWL_STAGE_CHDIR, result);
  }
  give_up(me, PAWL_STAGE_EXEC, become(me->arguments, me->environment));
}

struct Part {
  void* base;
  word length;
};
struct Message {
  void* name;
  uint32_t name_length;
  struct Part* parts;
  word part_count;
  void* control;
  word control_length;
  uint32_t flags;
};
struct Descriptors {
  word length;
  int32_t level, type;
  int32_t fd[2];
};

/* The worker is gone, or speaks another language: there is nothing to do any more. */
static void read_rest(void* place, word bytes) {
  char* to = place;
  while (bytes > 0) {
    const long got = call5(__NR_read, PAWL_ORDER_FD, at(to), bytes, 0, 0);
    if (got == -EINTR) continue;
    if (got <= 0) leave(0);
    to += got;
    bytes -= (word)got;
  }
}

/* Waits for an order, but not when `patient` is 0: then 0 if there is none. */
static int read_order(struct Clone* me, int patient) {
  struct Descriptors files = {0, 0, 0, {-1, -1}};
  struct Part part = {&me->order, sizeof me->order};
  struct Message message = {0, 0, &part, 1, &files, sizeof files, 0};
  long got;
  do got = call5(__NR_recvmsg, PAWL_ORDER_FD, at(&message), patient ? 0 : msg_dontwait, 0, 0);
  while (got == -EINTR);
  if (got == -EAGAIN) return 0;
  if (got <= 0 || files.fd[1] < first_free_fd) leave(0);
  read_rest((char*)&me->order + got, sizeof me->order - (word)got);
  const struct PawlOrder* order = &me->order;
  const word words_at = (order->bytes + 15) & ~(word)15;
  const word all = words_at + sizeof(char*) * (word)(order->arguments + order->variables + 2);
  char* text = texts[me - clones];
  if (order->bytes == 0 || all > PAWL_ORDER_BYTES_MAX) leave(2);
  read_rest(text, order->bytes);
  me->out = files.fd[0];
  me->err = files.fd[1];

  /* The sender counted right: both of us are of one build. */
  char** words = (char**)(text + words_at);
  me->arguments = words;
  me->environment = words + order->arguments + 1;
  for (uint32_t n = 0; n < 2 + order->arguments + order->variables; ++n) {
    if (n == 0) me->limits = text;
    if (n == 1) me->workdir = text;
    if (n == 2 + order->arguments) *words++ = 0;
    if (n >= 2) *words++ = text;
    while (*text) ++text;
    ++text;
  }
  if (order->variables == 0) *words++ = 0;
  *words = 0;
  return 1;
}

/* One that does nothing, or 0. */
static struct Clone* free_clone(void) {
  static uint32_t next;
  for (uint32_t n = 0; n < PAWL_CLONES_MAX; ++n) {
    struct Clone* clone = &clones[next++ % PAWL_CLONES_MAX];
    if (!__atomic_load_n(&clone->busy, __ATOMIC_ACQUIRE)) return clone;
  }
  return 0;
}

/* Waits for one of them, and for another one after a while: that one may hang in its workdir. */
static void wait_for_clone(void) {
  static uint32_t next;
  const struct Time patience = {0, 5000000};
  call5(__NR_futex, at(&clones[next++ % PAWL_CLONES_MAX].busy), futex_wait, 1, at(&patience), 0);
}

static struct PawlStarted start(struct Clone* clone) {
  word* stack = stacks[clone - clones] + stack_bytes / sizeof(word) - 2;
  *stack = at(clone);
  clone->busy = 1;
  const long pid = clone_for(CLONE_VM | CLONE_PARENT | CLONE_CHILD_CLEARTID | sigchld, stack,
                             &clone->busy, become_program);
  if (pid <= 0) clone->busy = 0;
  call5(__NR_close, (word)clone->out, 0, 0, 0, 0);
  call5(__NR_close, (word)clone->err, 0, 0, 0, 0);
  const struct PawlStarted started = {pid > 0 ? (int32_t)pid : 0, pid > 0 ? 0 : (int32_t)-pid};
  return started;
}

/* `stack` is what the kernel left: argc, argv, null, envp. */
__attribute__((used)) void run(word* stack) {
  if (stack[0] < 2) leave(2);
  char** arguments = (char**)(stack + 1);
  number(arguments[1], &parent);
  call5(__NR_prctl, PR_SET_PDEATHSIG, sigkill, 0, 0, 0);
  if ((uint64_t)call5(__NR_getppid, 0, 0, 0, 0, 0) != parent) leave(127);
  /* Orders that are there already are answered together: each answer wakes the worker. */
  struct PawlStarted answers[PAWL_CLONES_MAX];
  word count = 0;
  for (;;) {
    struct Clone* clone = free_clone();
    if (clone && read_order(clone, count == 0)) {
      answers[count++] = start(clone);
      if (count < PAWL_CLONES_MAX) continue;
    }
    if (count > 0) call5(__NR_write, PAWL_ORDER_FD, at(answers), count * sizeof *answers, 0, 0);
    count = 0;
    if (!clone) wait_for_clone();
  }
}
