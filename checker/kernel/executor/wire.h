/*
 * Frames: how batches come in and answers go out. The transport (two descriptors) is known to wire.c alone.
 *
 * A frame is a header of eight little-endian 32-bit words and a payload:
 *   magic, version, kind, batch, payload length, CRC32 of the payload, flags, CRC32 of the seven words before
 * The header has a checksum of its own so that a wrong length is never believed. After a bad frame the stream is searched
 * for the next good header, so one garbled batch costs one batch.
 */
#ifndef WIRE_H
#define WIRE_H

#include "arch.h"

enum { WIRE_MAGIC = 0x4b43524d, WIRE_VERSION = 1 };
enum frame_kind { FRAME_BATCH = 1, FRAME_HELLO = 2, FRAME_ANSWERS = 3, FRAME_ERROR = 4 };
enum { FRAME_LAST = 1 }; /* flag: no more answers of this batch follow */
enum { FRAME_MAX = 1 << 20 }; /* bytes of a batch with its header */

struct frame { u32 batch, length; u8 *payload; };

/* Moves the transport out of the way of the descriptors of programs, which start at 0. 0: no room up there. */
int wire_open(void);
/* 1: a batch, valid until the next call. 0: end of input. -1: something bad was skipped; *why says what (batch 0: unknown). */
int wire_next(struct frame *f, const char **why);
void wire_send(enum frame_kind kind, u32 batch, u32 flags, const void *payload, u32 length);
void wire_error(u32 batch, const char *text);

#endif
