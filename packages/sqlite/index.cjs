// better-sqlite3 13 brings its binaries with it, but needs Node-API 10 (Node 22.14); on an older Node it crashes. Version 12 runs
// there; on Node 24.19 and later, compiled, it ends the process when a statement is collected (docs/decisions/0009).
module.exports = Number(process.versions.napi) >= 10 ? require('better-sqlite3') : require('better-sqlite3-12');
