/* Reads and drops the events of userfaultfds, for which the calls that cause them wait. */
#ifndef DRAIN_H
#define DRAIN_H

#include "arch.h"

void drain_start(void);
void drain_stop(void);
void drain_add(s32 fd);
void drain_remove(s32 fd); /* returns when the drainer holds the descriptor no more */

#endif
