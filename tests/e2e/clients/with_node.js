// SPDX-License-Identifier: Apache-2.0
// ssh2's side of the matrix, for Node. SALLYPORT_NODE_MODULES names the folder that holds ssh2.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const {Client} = require(path.join(process.env.SALLYPORT_NODE_MODULES, 'ssh2'));

const STAMP = 1700000000;
const CHANNELS = 20;
const sha = data => crypto.createHash('sha256').update(data).digest('hex');
const promised = (object, method, ...words) =>
    new Promise((resolve, reject) => object[method](...words, (error, value) => error ? reject(error) : resolve(value)));

function login(road, options = {}) {
    return new Promise((resolve, reject) => {
        const client = new Client();
        client.on('ready', () => resolve(client)).on('error', reject);
        client.connect({host: road.host, port: road.port, username: road.user, privateKey: fs.readFileSync(road.key),
                        readyTimeout: 60000, ...options});
    });
}

function collect(stream) {
    return new Promise((resolve, reject) => {
        const out = [], err = [];
        stream.on('data', chunk => out.push(chunk)).on('error', reject);
        if (stream.stderr) stream.stderr.on('data', chunk => err.push(chunk));
        stream.on('close', (code, signal) =>
            resolve({code, signal, out: Buffer.concat(out), err: Buffer.concat(err).toString()}));
    });
}

async function run(client, command, data) {
    const stream = await promised(client, 'exec', command);
    const done = collect(stream);
    stream.end(data);
    return done;
}

async function shell(client, resize) {
    const stream = await promised(client, 'shell', {term: 'xterm', cols: 100, rows: 30});
    const done = collect(stream);
    if (resize) stream.setWindow(20, 70, 0, 0);
    stream.write('stty size; exit 5\n');
    const {out, code} = await done;
    return {size: out.includes(resize ? '20 70' : '30 100'), code};
}

const cells = {
    async exec(client) {
        const codes = [];
        for (const code of [0, 7, 255]) codes.push((await run(client, `exit ${code}`)).code);
        return {codes, signal: (await run(client, 'kill -TERM $$')).signal};
    },
    async stderr(client) {
        const {out, err} = await run(client, 'echo out; echo err >&2');
        return {out: out.toString(), err};
    },
    shell: client => shell(client, false),
    resize: client => shell(client, true),
    async bulk(client, road) {
        const up = await run(client, 'sha256sum | cut -c1-64', fs.readFileSync(road.big));
        const down = await run(client, `cat ${road.big}`);
        return {up: up.out.toString().trim(), down: sha(down.out)};
    },
    async sftp(client, road) {
        const files = await promised(client, 'sftp');
        const [there, moved, back, made] = ['there', 'moved', 'back', 'made'].map(name => path.join(road.folder, name));
        await promised(files, 'fastPut', road.small, there);
        await promised(files, 'utimes', there, STAMP, STAMP);
        await promised(files, 'chmod', there, 0o640);
        await promised(files, 'rename', there, moved);
        await promised(files, 'mkdir', made);
        const names = (await promised(files, 'readdir', road.folder)).map(each => each.filename).sort();
        await promised(files, 'fastGet', moved, back);
        const stat = fs.statSync(moved);
        const facts = {there: sha(fs.readFileSync(moved)), back: sha(fs.readFileSync(back)), names,
                       there_time: stat.mtimeMs / 1000, there_mode: stat.mode};
        await promised(files, 'unlink', moved);
        await promised(files, 'rmdir', made);
        const gone = await promised(files, 'stat', moved).then(() => 'still there', error => error.message);
        return {...facts, gone};
    },
    async half_close(client) {
        const {out, code} = await run(client, 'wc -c; echo late; exit 3', Buffer.alloc(100000));
        return {out: out.toString(), code};
    },
    async signals(client) {
        const stream = await promised(client, 'exec', 'echo ready; exec sleep 1000');
        const done = collect(stream);
        stream.once('data', () => stream.signal('TERM'));
        const {code, signal} = await done;
        return {ended: true, code, signal};
    },
    async channels(client) {
        const numbers = Array.from({length: CHANNELS}, (_, i) => i);
        const streams = await Promise.all(numbers.map(i =>
            promised(client, 'exec', `read word; echo $word ${i}; exit ${i}`)));
        const done = streams.map(collect);
        streams.forEach(stream => stream.end('go\n'));
        return {ends: (await Promise.all(done)).map(({out, code}) => [out.toString(), code])};
    },
    async keepalive(client, road) {
        const watched = await login(road, {keepaliveInterval: 300, keepaliveCountMax: 2});
        const {out} = await run(watched, 'sleep 1.5; echo awake');
        watched.end();
        return {out: out.toString()};
    },
    async jump(client, road) {
        const sock = await promised(client, 'forwardOut', '127.0.0.1', 1, road.jump_host, road.jump_port);
        const inner = await login(road, {sock, username: road.login});
        const {out, code} = await run(inner, 'echo jumped; exit 7');
        inner.end();
        return {out: out.toString(), code};
    },
};

function late(road) {
    return new Promise((_, reject) => setTimeout(() => reject(new Error('the cell took too long')), 1000 * road.patience));
}

async function main() {
    const road = JSON.parse(process.argv[2]), results = {};
    for (const name of process.argv.slice(3)) {
        const before = Date.now();
        try {
            const client = await login(road);
            results[name] = await Promise.race([cells[name](client, road), late(road)]);
            client.end();
        } catch (error) {
            results[name] = {error: String(error), trace: error.stack};
        }
        results[name].seconds = (Date.now() - before) / 1000;
    }
    console.log(JSON.stringify(results));
    process.exit(0);
}
main();
