/** Reproducers as tests of the kernel's own kind: `kselftest.h`, a plan, one result for each thing that is expected. */
import { basis, comment, type Form } from './c.ts';

const REPORT = `static const char *step = "";

/* One result of the plan. */
__attribute__((format(printf, 2, 3)))
static void result(int good, const char *form, ...)
{
	static char text[2048];
	va_list list;

	va_start(list, form);
	vsnprintf(text, sizeof(text), form, list);
	va_end(list);
	if (!good)
		ksft_print_msg("%s\\n", text);
	ksft_test_result(good, "%s\\n", step);
	fflush(stdout);
}

static void need(int there, const char *what)
{
	if (!there)
		ksft_exit_skip("this machine lacks: %s\\n", what);
}`;

const OWN_DESCRIPTORS = `/* Descriptors are counted from 0: results go to a high one. */
static void own_descriptors(void)
{
	static char buffer[4096];

	fflush(stdout);
	if (dup2(1, 900) < 0)
		return;
	stdout = fdopen(900, "w");
	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	for (int fd = 0; fd < 900; fd++)
		close(fd);
}`;

/** A test for tools/testing/selftests/mm. */
export const KSELFTEST: Form = {
  top: (plan) => [
    '// SPDX-License-Identifier: GPL-2.0',
    ...comment([plan.title, ...plan.program.header.map(({ key, value }) => `${key}: ${value}`), '', ...basis(plan)]),
  ],
  report: REPORT,
  headers: ['"kselftest.h"'],
  helpers: { own_descriptors: { text: OWN_DESCRIPTORS } },
  main: (_, [body]) => `int main(int argc, char **argv)
{
	(void)argc;
	${body?.settles === true ? 'settle(argv);' : '(void)argv;'}
	ksft_print_header();
	prepare();
	ksft_set_plan(${body?.results ?? 0});
	run();
	ksft_finished();
}`,
};
