#pragma once

/* What the worker says to its starter (pawl-exec, see exec_helper.c) over a stream socket,
 * and what that answers, in the same order. Plain C, both of one build. */

#include <stdint.h>

/* The starter finds its socket here. */
#define PAWL_ORDER_FD 4
/* Texts and a pointer for each. More is refused with E2BIG, as execve would: it takes 6 MiB. */
#define PAWL_ORDER_BYTES_MAX (6 << 20)
/* Orders that the starter works on at a time: children that have not become their program yet. */
#define PAWL_CLONES_MAX 8

/* Sent with two descriptors: stdout and stderr of the program. Behind it `bytes` of texts, each
 * with its NUL: the limits, the folder, the arguments, the environment. */
struct PawlOrder {
  uint32_t bytes;
  uint32_t arguments; /* How many, at least the program. */
  uint32_t variables;
  uint32_t reserved;
  uint64_t slot; /* Where its slot stands in the group table. */
};

struct PawlStarted {
  int32_t pid;   /* Of the program, which is a child of the worker; 0: there is none. */
  int32_t error; /* errno then. */
};
