#pragma once

/* The file in which running process groups are recorded: shared between the worker, which maps it,
 * and each child, which writes its slot before it becomes the step's program. Plain C, fixed
 * layout: a taker on the same host reads what another build may have written. */

#include <stdint.h>

#define PAWL_GROUP_MAGIC 0x31504b4c57415001ULL
/* pawl-exec finds the table open here. */
#define PAWL_GROUP_FD 3

struct PawlGroupHeader {
  uint64_t magic;
  uint64_t boot; /* Hash of the kernel's boot id: after a reboot nothing is left to kill. */
  uint64_t pid_namespace; /* Inode of /proc/self/ns/pid: elsewhere the numbers mean nothing. */
  uint64_t slots;
  uint64_t reserved[4];
};

/* A free slot is all zero. */
struct PawlGroupSlot {
  int32_t pid;        /* Leader and id of the group. */
  int16_t stage;      /* Where the child gave up; see PawlStage. */
  int16_t error;      /* errno there. */
  int64_t started_ns; /* CLOCK_BOOTTIME when the child ran: later than the process's start, and
                         earlier than that of any other process which gets the number again. */
};

enum PawlStage {
  PAWL_STAGE_NONE = 0,
  PAWL_STAGE_LIMIT = 1,
  PAWL_STAGE_CHDIR = 2,
  PAWL_STAGE_EXEC = 3
};
