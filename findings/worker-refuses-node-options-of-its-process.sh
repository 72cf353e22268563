#!/bin/sh
# sh worker-refuses-node-options-of-its-process.sh [NODE]
#
# Node.js 20.20.2, 22.23.3, 24.21.0, 26.12.1: a worker thread takes over NODE_OPTIONS of its process, with flags that
# only a process knows, such as --title. Given an `env` whose NODE_OPTIONS differs, if only by one harmless flag, the
# constructor of Worker throws ERR_WORKER_INVALID_EXEC_ARGV, "--title= is not allowed in NODE_OPTIONS"; but it is:
# the process has it from there, and process.allowedNodeEnvironmentFlags lists it.
# One would expect that flags which do not concern a worker are ignored in both cases, or refused in both. So
# NODE_OPTIONS cannot be given to a worker without its preloads by removing just these.
#
# Seen on each of these versions:
#   listed: true
#   the same: started
#   one flag more: ERR_WORKER_INVALID_EXEC_ARGV Initiated Worker with invalid NODE_OPTIONS env variable: --title= is not allowed in NODE_OPTIONS
node=${1:-node}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/start.mjs" <<'JS'
import { Worker } from 'node:worker_threads';
console.log('listed:', process.allowedNodeEnvironmentFlags.has('--title'));
const { NODE_OPTIONS } = process.env;
for (const [name, options] of [['the same', NODE_OPTIONS], ['one flag more', `${NODE_OPTIONS} --no-warnings`]]) {
  try {
    await new Worker('', { eval: true, env: { NODE_OPTIONS: options } }).terminate();
    console.log(`${name}: started`);
  } catch (error) {
    console.log(`${name}: ${error.code} ${error.message}`);
  }
}
JS
"$node" --version
NODE_OPTIONS=--title=server "$node" "$work/start.mjs" > "$work/seen"
cat "$work/seen"
cat > "$work/expected" <<'TEXT'
listed: true
the same: started
one flag more: ERR_WORKER_INVALID_EXEC_ARGV Initiated Worker with invalid NODE_OPTIONS env variable: --title= is not allowed in NODE_OPTIONS
TEXT
cmp -s "$work/seen" "$work/expected"
