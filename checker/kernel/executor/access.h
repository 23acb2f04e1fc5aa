/* Memory accesses whose faults come back as values. */
#ifndef ACCESS_H
#define ACCESS_H

#include "arch.h"

void access_open(void); /* installs the handlers */
/* 0, or the number of the signal. A page is known by its first and last word; *torn tells that they differ. */
int page_load(u64 addr, u64 *content, int *torn);
int page_store(u64 addr, u64 content);

#endif
