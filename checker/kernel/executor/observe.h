/* What can be seen of the own process: mappings, counters, residency, contents. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "arch.h"

enum { MAX_MAPPINGS = 8192, MAX_PAGES = 16384, TOUCH_PER_MAPPING = 64, TOO_MANY = 0xffffffff };
enum { ATTR_SHARED = 8, ATTR_HAS_FLAGS = 16 }; /* above PROT_READ|WRITE|EXEC */

/* As it is sent: page numbers as doubles, which JavaScript reads without conversion. */
struct mapping { double start, end, offset, file; u32 attr, flags; };
struct page { double page, content; }; /* content: -1 torn, CONTENT_UNREAD, other negative numbers are signals */

#define CONTENT_UNREAD (-1000.0)
struct counters { double vm_size, vm_lck, vm_data, vm_stk, map_count; };

/* The flags of a mapping, from the kernel alone. */
struct seen { u64 start, end, offset, inode; u32 device, attr, flags; };
struct walk { u64 at; int source; };
enum { FROM_QUERY, FROM_MAPS, FROM_SMAPS };

void observe_open(void); /* opens the files in /proc of the calling process */
void walk_start(struct walk *w, u64 from, int with_flags);
int walk_next(struct walk *w, struct seen *m);

/* Fills the list with the mappings of the window; TOO_MANY when they do not fit. */
u32 see_mappings(struct mapping *list, int with_flags);
u32 see_present(struct page *list, const struct mapping *mappings, u32 n);
u32 see_touched(struct page *list, const struct mapping *mappings, u32 n);
void see_counters(struct counters *c, u32 in_window);
/* VmSize, VmLck, VmData, VmStk in bytes. */
void read_status(u64 *size, u64 *lck, u64 *data, u64 *stk);
/* Mappings of the whole process that count against vm.max_map_count; those in the window if known, else TOO_MANY. */
u64 count_mappings(u32 in_window);

#endif
