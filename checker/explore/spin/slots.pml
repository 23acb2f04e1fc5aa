/*
 * The language of ../slots.ts for SPIN. Defined from outside: N slots (1 to 9), C contents (1 to 9), and OTHERS, which is N - 1.
 *
 * Every call is one option of one loop, written as one assignment or one d_step, so that a call is one transition and nothing is stored
 * between its parts. SPIN needs every option in the text: the macros write them down. Just one option of the two that a move has can be
 * chosen in any state.
 *
 * With PACKED, and W, the bits of a slot, the same is written in a way that SPIN likes better and people less: one number for all slots, and one
 * assignment for every call.
 */
#ifdef PACKED

#define FIELD ((1 << W) - 1)
#define AT(i) ((slots >> (W * (i))) & FIELD)
#define WITHOUT(i) ~(FIELD << (W * (i)))

int slots;

#define PUT(i, c) :: slots = (slots & WITHOUT(i)) | (c << (W * (i)))
#define MOVE_TO(i, j) :: slots = (AT(i) -> (slots & WITHOUT(i) & WITHOUT(j)) | (AT(i) << (W * (j))) : slots)

#else

byte slot[N]; /* 0: empty */

#define PUT(i, c) :: slot[i] = c
#define MOVE_TO(i, j) \
  :: slot[i] == 0 /* an error without effect */ \
  :: d_step { slot[i] != 0 -> slot[j] = slot[i]; slot[i] = 0 }

#endif

/* To the slot so many further on, in a circle: with 1 to N - 1 these are all others. */
#define MOVE(i, further) MOVE_TO(i, ((i + further) % N))

/* UP_TO(n)(f, i) is f(i, 1) to f(i, n). */
#define UP_TO_0(f, i)
#define UP_TO_1(f, i) f(i, 1)
#define UP_TO_2(f, i) UP_TO_1(f, i) f(i, 2)
#define UP_TO_3(f, i) UP_TO_2(f, i) f(i, 3)
#define UP_TO_4(f, i) UP_TO_3(f, i) f(i, 4)
#define UP_TO_5(f, i) UP_TO_4(f, i) f(i, 5)
#define UP_TO_6(f, i) UP_TO_5(f, i) f(i, 6)
#define UP_TO_7(f, i) UP_TO_6(f, i) f(i, 7)
#define UP_TO_8(f, i) UP_TO_7(f, i) f(i, 8)
#define UP_TO_9(f, i) UP_TO_8(f, i) f(i, 9)
#define JOINED(a, b) a ## b
#define UP_TO(n) JOINED(UP_TO_, n)

/* unmap, map, move */
#define CALLS(i) PUT(i, 0) UP_TO(C)(PUT, i) UP_TO(OTHERS)(MOVE, i)

active proctype caller() {
  do
  CALLS(0)
#if N > 1
  CALLS(1)
#endif
#if N > 2
  CALLS(2)
#endif
#if N > 3
  CALLS(3)
#endif
#if N > 4
  CALLS(4)
#endif
#if N > 5
  CALLS(5)
#endif
#if N > 6
  CALLS(6)
#endif
#if N > 7
  CALLS(7)
#endif
#if N > 8
  CALLS(8)
#endif
  od
}
