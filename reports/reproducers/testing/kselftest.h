/*
 * A stand-in for the kernel's header of this name, for tests of what is written against it: the functions that reproducers
 * use, with their output in TAP.
 */
#ifndef KSELFTEST_H
#define KSELFTEST_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct { unsigned int plan, passed, failed; } ksft;

__attribute__((format(printf, 2, 3)))
static inline void ksft_line(const char *head, const char *form, ...)
{
	va_list list;

	fputs(head, stdout);
	va_start(list, form);
	vprintf(form, list);
	va_end(list);
}

#define ksft_print_msg(...) ksft_line("# ", __VA_ARGS__)

static inline void ksft_print_header(void)
{
	puts("TAP version 13");
}

static inline void ksft_set_plan(unsigned int plan)
{
	ksft.plan = plan;
	printf("1..%u\n", plan);
}

#define ksft_test_result(good, ...) \
	do { \
		if (good) { \
			ksft.passed++; \
			printf("ok %u ", ksft.passed + ksft.failed); \
		} else { \
			ksft.failed++; \
			printf("not ok %u ", ksft.passed + ksft.failed); \
		} \
		ksft_line("", __VA_ARGS__); \
	} while (0)

#define ksft_exit_skip(...) \
	do { \
		ksft_line("1..0 # SKIP ", __VA_ARGS__); \
		exit(4); \
	} while (0)

static inline _Noreturn void ksft_finished(void)
{
	fflush(stdout);
	exit(ksft.failed > 0 || ksft.passed != ksft.plan);
}

#endif
