/* Runs the programs of a batch and writes their answers. */
#ifndef WORKER_H
#define WORKER_H

#include "arch.h"

/*
 * A batch: programs, limit in milliseconds, looks, whether allocations are counted; then the programs. A program: lines, bytes
 * of the program; then the lines. A line: name | operands << 16, number of the allocation that shall fail or 0; then per
 * operand: kind, index, offset (64 bits). Both are for kernels with FEATURE_FAULT_INJECTION.
 */
struct batch { u32 programs, limit_ms, looks, counts; };
struct program { u32 lines, bytes; };
struct line { u32 name_operands, fault; };
struct operand { u32 kind, index; u64 offset; };
enum operand_kind { BASE_NONE, BASE_RESULT, BASE_VMSIZE, BASE_VMLCK, BASE_VMDATA, BASE_COUNT };

/* Two bits each in struct batch.looks, in this order. */
enum look { LOOK_MAPPINGS, LOOK_COUNTERS, LOOK_CONTENTS, LOOK_FLAGS, LOOK_TOUCH };
enum often { NEVER, EACH, AT_END };

/*
 * An answer: index of the program, steps, defect, 0; then the steps, all in units of eight bytes.
 * A step: kind | arguments << 8 | parts << 16 | step_flags << 24, errno or signal; value; the arguments; if counted, how many
 * allocations the call made; the parts that are new, in the order mappings, present, touched, counters. `parts` has two bits for
 * each: absent, new, same as in the step before.
 * A list that is new: entries kept from the beginning of the last one, entries added, entries kept from its end, 0; the added.
 */
struct answer { u32 program, steps, defect, reserved; };
enum part { PART_MAPPINGS, PART_PRESENT, PART_TOUCHED, PART_COUNTERS };
enum step_flags { STEP_SCARCE = 1, STEP_COUNTED = 2 }; /* an allocation was made to fail; they were counted */
enum part_state { PART_ABSENT, PART_NEW, PART_SAME };
enum defect { DEFECT_NONE, DEFECT_TOO_LARGE, DEFECT_NO_WORKER };

/* How a worker ends; after either the supervisor goes on with the next program. */
enum { EXIT_DONE = 0, EXIT_AGAIN = 3, EXIT_LOST = 4 };

/* Space that a worker wants before it starts a program; with less, the answers so far are sent first. */
enum { OUT_RESERVE = 2 << 20 };

int batch_valid(const u8 *payload, u32 length);
const struct program *batch_program(const u8 *payload, u32 index);
void worker_baseline(void); /* remembers the executor's own mappings */
u32 own_mappings(void);
u64 own_end(void);          /* start of the lowest own mapping above the window's start */
/* Runs the programs from shared->program on, or that one alone, and ends the process. */
void worker_run(const u8 *payload, int single) __attribute__((noreturn));

#endif
