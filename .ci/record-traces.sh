#!/bin/bash
# Records what real programs ask of the live kernel's memory management: one strace log each, compressed, into a folder that
# stays out of git. Every program is bounded in size and runs at a low priority. As root, on Debian: it installs what it records.
#
#   .ci/record-traces.sh [FOLDER [NAME...]]     default: .cache/traces, all of them; `list` names them
#
# The strace line is the one that docs/traces.md recommends. A program that fails or is missing is told and passed over.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${1:-} in
  '') folder=$here/.cache/traces ;;
  /* | list) folder=$1 ;;
  *) folder=$PWD/$1 ;;
esac
shift $(($# > 0 ? 1 : 0))
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
# For initdb of PostgreSQL, which lives in a folder of its version.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')

PACKAGES=(strace python3 nodejs sqlite3 gcc libc6-dev redis-server redis-tools postgresql libjemalloc2 libmimalloc2.0
  libtcmalloc-minimal4 default-jdk-headless stress-ng perl git xz-utils lua5.4 ruby sbcl gawk linux-source libcap-dev)

# Calls of a program that grows and shrinks lists, strings and arrays.
GROW='
import array
a = []
for i in range(400000): a.append(i)
b = bytearray()
for i in range(300): b += bytes(65536)
while len(b) > 100000: del b[-100000:]
c = array.array("d")
for i in range(200000): c.append(i)
d = {i: str(i) for i in range(100000)}
e = "".join(str(i) for i in range(200000))
'
JAVA='
import java.util.*;
class Grow {
  public static void main(String[] a) throws Exception {
    List<byte[]> kept = new ArrayList<>();
    for (int i = 0; i < 4000; i++) { kept.add(new byte[20000]); if (i % 3 == 0) kept.remove(kept.size() / 2); }
    Thread[] t = new Thread[4];
    for (int i = 0; i < 4; i++) { t[i] = new Thread(() -> { Map<Integer, String> m = new HashMap<>(); for (int k = 0; k < 100000; k++) m.put(k, "x" + k); }); t[i].start(); }
    for (Thread x : t) x.join();
    System.out.println(kept.size());
  }
}'
SQL='CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x < 100000) INSERT INTO t SELECT x, hex(randomblob(40)) FROM n;
CREATE INDEX i ON t(b); SELECT count(*), max(b) FROM t ORDER BY b; DELETE FROM t WHERE a % 3 = 0; VACUUM;'
PERL='my @a; push @a, $_ x 3 for 1..200000; my $s = ""; $s .= "x" x 65536 for 1..400; my %h = map { $_ => [$_] } 1..100000; print scalar(@a), "\n"'
RUBY='a = []; 300000.times { |i| a << i.to_s }; s = +""; 400.times { s << "x" * 65536 }; h = {}; 100000.times { |i| h[i] = [i] }; GC.start; puts a.size'
LUA='local t = {} for i = 1, 300000 do t[i] = tostring(i) end local s = {} for i = 1, 300 do s[i] = string.rep("x", 65536) end print(#table.concat(s))'
LISP='(let ((l nil)) (dotimes (i 300000) (push (make-array 20) l)) (gc :full t) (print (length l)))'
AWK='BEGIN { for (i = 0; i < 300000; i++) a[i] = i "x"; s = ""; for (i = 0; i < 300; i++) s = s sprintf("%65536s", ""); print length(a), length(s) }'
NODE='const a = []; for (let i = 0; i < 300; i++) a.push(Buffer.alloc(200000, i)); const b = new WebAssembly.Memory({ initial: 1, maximum: 2000 });
for (let i = 0; i < 200; i++) b.grow(5); let o = []; for (let i = 0; i < 1e6; i++) o.push({ i }); console.log(a.length, o.length)'

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# record NAME COMMAND...: the log of one program.
record() {
  local name=$1
  shift
  timeout 180 env -i PATH="$PATH" HOME="$work" LC_ALL=C.UTF-8 nice -n 5 strace -f -y -s 16 -o "$work/log" "$@" >"$work/out" 2>&1 </dev/null
  local code=$?
  if [ ! -s "$work/log" ]; then
    echo "$name: nothing recorded (exit $code): $(tail -n 1 "$work/out")"
    return
  fi
  gzip -6 <"$work/log" >"$folder/.$name.tmp" && mv "$folder/.$name.tmp" "$folder/$name.log.gz"
  echo "$name: $(wc -l <"$work/log") lines, exit $code"
  rm -f "$work/log"
}

stress() { record "stress-ng-$1" stress-ng --"$1" 1 --"$1"-ops "$2" "${@:3}" --temp-path "$work" --timeout 60; }
preloaded() { record "$1" env LD_PRELOAD="$(ls /usr/lib/*/"$2" | head -n 1)" /usr/bin/python3 -c "$GROW"; }

SEAL='
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  char *p = mmap(0, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  syscall(462, p + 2 * 4096, 2 * 4096, 0);
  mprotect(p, 4 * 4096, PROT_READ);
  munmap(p + 4096, 2 * 4096);
  mremap(p + 2 * 4096, 2 * 4096, 4 * 4096, MREMAP_MAYMOVE);
  madvise(p + 2 * 4096, 4096, MADV_DONTNEED);
  return munmap(p, 2 * 4096);
}'
run_seal() { echo "$SEAL" >"$work/seal.c"; cc -o "$work/seal" "$work/seal.c" && record seal "$work/seal"; }
run_python() { record python /usr/bin/python3 -c "$GROW"; }
run_node() { record node node -e "$NODE"; }
run_sqlite() { record sqlite sqlite3 -cmd 'PRAGMA mmap_size=100000000' "$work/db" "$SQL"; }
run_gcc() {
  { echo '#include <stdio.h>'; for i in $(seq 4000); do echo "int f$i(int x) { return x * $i + (x >> 3); }"; done; } >"$work/x.c"
  record gcc gcc -O2 -c "$work/x.c" -o "$work/x.o"
}
run_redis() {
  printf '%s\n' 'redis-server --port 7399 --save "" --daemonize no --dir . & s=$!; sleep 2' \
    'redis-benchmark -p 7399 -n 5000 -d 4000 -r 5000 -q -t set,get,lpush,sadd >/dev/null' \
    'redis-cli -p 7399 bgsave; sleep 1; redis-cli -p 7399 shutdown nosave; wait $s' >"$work/redis.sh"
  record redis sh "$work/redis.sh"
}
run_postgresql() {
  mkdir -p "$work/pg" && chmod 755 "$work" && chown postgres "$work/pg"
  su postgres -c "cd $work/pg && $(command -v initdb) -D $work/pg/data -A trust" >/dev/null 2>&1
  printf '%s\n' "cd $work/pg; postgres -D data -p 7432 -k $work/pg >pg.out 2>&1 & s=\$!; sleep 5" \
    "psql -h $work/pg -p 7432 -c 'create table t as select g, md5(g::text) m from generate_series(1, 100000) g; create index on t(m); select count(distinct m) from t; vacuum full t' postgres" \
    'kill -INT $s; wait $s' >"$work/pg.sh"
  record postgresql su postgres -c "PATH=$PATH sh $work/pg.sh"
}
run_jemalloc() { preloaded jemalloc libjemalloc.so.2; }
run_mimalloc() { preloaded mimalloc libmimalloc.so.2; }
run_tcmalloc() { preloaded tcmalloc libtcmalloc_minimal.so.4; }
run_java() { echo "$JAVA" >"$work/Grow.java"; record java java -Xmx256m "$work/Grow.java"; }
run_perl() { record perl perl -e "$PERL"; }
run_ruby() { record ruby ruby -e "$RUBY"; }
run_lua() { record lua lua5.4 -e "$LUA"; }
run_sbcl() { record sbcl sbcl --noinform --eval "$LISP" --quit; }
run_gawk() { record gawk gawk "$AWK"; }
run_git() {
  git init -q "$work/repo" && cp -r "$here/spec" "$here/checker" "$work/repo/"
  git -C "$work/repo" add . && git -C "$work/repo" -c user.name=x -c user.email=x@x commit -qm x
  record git git -C "$work/repo" gc -q --aggressive
}
run_xz() { head -c 30000000 /dev/urandom >"$work/data"; record xz xz -9 -T2 -k "$work/data"; }
run_sort() { seq 600000 | shuf --random-source=<(yes) >"$work/lines"; record sort sort -S 20M --parallel=2 "$work/lines"; }
run_stress_mremap() { stress mremap 2000 --mremap-bytes 4M; }
run_stress_mmap() { stress mmap 400 --mmap-bytes 8M; }
run_stress_brk() { stress brk 30000; }
run_stress_vm() { stress vm 50 --vm-bytes 16M; }
run_stress_mmapfixed() { stress mmapfixed 400; }
run_stress_mmapaddr() { stress mmapaddr 5000; }
run_stress_mmapmany() { stress mmapmany 20000; }
run_stress_mlock() { stress mlock 5000; }
run_stress_remap() { stress remap 50; }
run_stress_madvise() { stress madvise 20; }
run_stress_shm_sysv() { stress shm-sysv 30; }
run_stress_malloc() { stress malloc 5000 --malloc-bytes 4M; }
run_stress_mprotect() { stress mprotect 200; }
run_stress_bigheap() { stress bigheap 300 --bigheap-growth 1M; }
run_stress_mmapfork() { stress mmapfork 20; }
run_stress_userfaultfd() { stress userfaultfd 20 --userfaultfd-bytes 1M; }

# The kernel's own tests of memory management: those that a single file makes.
run_selftests() {
  local archive tests
  archive=$(ls /usr/src/linux-source-*.tar.xz 2>/dev/null | tail -n 1)
  if [ -z "$archive" ]; then
    echo 'selftests: no linux-source in /usr/src'
    return
  fi
  tar -C "$work" -xf "$archive" --wildcards --strip-components=1 '*/tools/testing/selftests/vm/*' '*/tools/testing/selftests/mm/*' \
    '*/tools/testing/selftests/kselftest*' '*/tools/include/*' 2>/dev/null
  tests=$(ls -d "$work"/tools/testing/selftests/{mm,vm} 2>/dev/null | head -n 1)
  for name in mremap_test mremap_dontunmap map_fixed_noreplace map_populate mlock2-tests mlock-random-test madv_populate mrelease_test \
    on-fault-limit memfd_secret thuge-gen hugepage-mremap ksm_tests soft-dirty; do
    if [ -f "$tests/$name.c" ]; then
      local extra=()
      [ -f "$tests/vm_util.c" ] && extra=("$tests/vm_util.c")
      if cc -O1 -w -I"$tests" -I"$tests/.." -o "$work/$name" "$tests/$name.c" "${extra[@]}" -lpthread -lcap -lrt 2>"$work/err"; then
        (cd "$work" && record "selftest-$name" "./$name")
      else
        echo "selftest-$name: $(grep -m 1 error "$work/err")"
      fi
    fi
  done
}

all=$(declare -F | sed -n 's/^declare -f run_//p')
if [ "$folder" = list ]; then
  echo "$all"
  exit 0
fi
mkdir -p "$folder" || exit 1
missing=()
for package in "${PACKAGES[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ]; then
  echo "installing ${missing[*]}"
  apt-get update -qq </dev/null
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null || echo 'not everything could be installed'
fi
command -v strace >/dev/null || { echo 'strace is missing: apt-get install strace'; exit 3; }
for name in ${@:-$all}; do
  if declare -F "run_$name" >/dev/null; then
    "run_$name"
  else
    echo "$name: no such program; $0 list names them"
    exit 2
  fi
done
