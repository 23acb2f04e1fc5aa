/* The calls of a program, and what has to be undone after it. */
#ifndef CALLS_H
#define CALLS_H

#include "world.h"

void calls_open(void); /* remembers limits and capabilities */
struct outcome perform(u32 name, const u64 *args);
/* Undoes everything but mappings; 0 when something cannot be undone. */
int calls_undo(void);

u64 filler_count(void); /* mappings made by fill_mappings */
u64 filler_end(void);
int uffd_blocks(void);   /* whether a page fault may wait for a userfaultfd */
int locks_used(void);    /* whether the program asked for memory to be locked */

#endif
