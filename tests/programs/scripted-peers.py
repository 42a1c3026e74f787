# A producer and a live reader of a relay daemon that follow a script, and print what they are answered.
#
#   python3 scripted-peers.py PEERS-FOLDER
#
# PEERS-FOLDER has the modules `fc` (a producer) and `viewer` (a live reader).
import contextlib, io, struct, sys

sys.path.insert(0, sys.argv[1])
import fc, viewer


def quiet(make):
    with contextlib.redirect_stdout(io.StringIO()):
        return make()


def say(what, *answers):
    print(what + ':', *answers, flush=True)


def producer(**words):
    return quiet(lambda: fc.C(**words))


def code(made):
    """Of a reply to CREATE_SESSION or ADD_STREAM, whose number is the relay's own: the code and what follows."""
    return made if not isinstance(made, str) or made[:1] in 'TER' else made[16:]


def ask(peer, command, payload=b'', size=4):
    peer.cmd(command, payload)
    return peer.rd(size)


def index(at):
    return {name: at[name] for name in ('off', 'psz', 'csz', 'tb', 'te', 'disc', 'sid', 'status')} | {'new metadata': at['flags'] & 1}


# What a producer is answered.
for major, minor in ((2, 1), (2, 4), (2, 12), (2, 13), (2, 14), (2, 50), (3, 0)):
    peer = producer(ver=False)
    say(f'version {major}.{minor}', ask(peer, 5, struct.pack('>II', major, minor), 8))
    if major != 2:
        say('then', peer.rd(1))
for what, words in (
    ('slash', {'name': b'a/b'}), ('dot', {'name': b'.a'}), ('host', {'host': b'h/i'}), ('climbs', {'base': b'../x'}),
    ('nil', {'uuid': bytes(16)}), ('unknown chunk', {'chunk': 9}), ('empty', {'name': b''}),
):
    say(f'session: {what}', code(ask(producer(), 2, fc.cs(**words), 16)))
say('unknown command', ask(producer(), 77))
say('not implemented', ask(producer(), 4))
say('start data', ask(producer(), 3))
say('configuration', ask(producer(), 22, struct.pack('>Q', 0), 12))
say('configuration of flags', ask(producer(), 22, struct.pack('>Q', 1), 12))

other = producer()
say('other session', code(ask(other, 2, fc.cs(name=b'other', sid=8), 16)))
other.rd(19)
say('stream without a chunk', code(ask(other, 1, fc.addstream(b'c_0', b'ust/uid/0/64-bit'), 12)))

p = producer()
p.cmd(2, fc.cs(name=b'work', live=1000000))
made = bytes.fromhex(p.rd(16))
session, ok, length = struct.unpack('>QII', made)
say('session', ok, bytes.fromhex(p.rd(length)))
say('chunk', ask(p, 19, fc.chunk(0)))


def stream(name):
    reply = ask(p, 1, fc.addstream(name, b'ust/uid/0/64-bit'), 12)
    say(f'stream {name}', code(reply))
    return int(reply[:16], 16)


data, metadata = stream(b'c_0'), stream(b'metadata')
v = quiet(viewer.V)


def listed():
    mine = [each for each in v.sess() if each[4:] == (b'fh', b'work')]
    return [each[1:] for each in mine]


def told(reply):
    status, count, streams = reply
    return status, count, sorted((flag, path, name) for _, _, flag, path, name in streams)


say('attach without a session', told(v.attach(session)))
say('viewer session', v.create())
say('sessions', listed())
say('attach to nothing', told(v.attach(10**9)))
say('attach before streams are sent', told(v.attach(session)))
say('streams sent', ask(p, 16))
say('new streams', told(v.news(session)))
say('again', told(v.news(session)))
say('sessions', listed())
say('index: nothing', index(v.idx(data)))
say('index: metadata', index(v.idx(metadata)))
say('index: unknown', index(v.idx(10**9)))
say('metadata: nothing', v.meta(metadata)[:2])
say('metadata: data', v.meta(data)[:2])

d = producer(ver=False, port=5343)


def beacon(at, number):
    say(f'beacon {at}', ask(p, 13, fc.idx(data, number, 0, 0, 0, at)))


def packet(number, order='data', seq=None):
    body = bytes([65 + number]) * 4000
    entry = fc.idx(data, number, tb=1000 * number, te=1000 * number + 500, chan=0, pseq=number)
    if order == 'index':
        say(f'index {number}', ask(p, 13, entry))
    d.k.sendall(fc.data(data, number, body, 96))
    # It is there when it is not pending; an index that is to come does not count before the first one.
    for _ in range(1000):
        if order == 'index' and ask(p, 8, struct.pack('>Qq', data, number)) == '00000000':
            break
        if order != 'index':
            break
    if order == 'data':
        say(f'index {number}', ask(p, 13, entry))
        while ask(p, 8, struct.pack('>Qq', data, number)) != '00000000':
            pass


def described(text):
    p.cmd(6, struct.pack('>QI', metadata, 0) + text)
    say('quiescent', ask(p, 9, struct.pack('>Q', metadata)))


beacon(5, -1 & (2**64 - 1))
say('index: early beacon', index(v.idx(data)))
described(b'first')
packet(0)
say('index', index(v.idx(data)))
say('metadata', v.meta(metadata))
say('metadata', v.meta(metadata))
say('packet', v.pkt(data, 0, 4096))
say('a piece', v.pkt(data, 10, 20))
say('beyond', v.pkt(data, 0, 5000))
say('unknown', v.pkt(10**9, 0, 1))
say('index: read up', index(v.idx(data)))
beacon(777, 0)
say('index: beacon', index(v.idx(data)))
packet(1, 'index')
say('index', index(v.idx(data)))
say('pending', [ask(p, 8, struct.pack('>Qq', data, number)) for number in (0, 1, 2, -1)])
say('begin', ask(p, 10, struct.pack('>Q', session)), 'end', ask(p, 11, struct.pack('>Q', session)))

# Chunks change under the reader: one goes to the archives, one is cleared, one follows none.
def rotate(stream_id, chunk, position, padding=7):
    head = struct.pack('>IB', 1, 0 if chunk is None else 1) + bytes(padding) + struct.pack('>Q', chunk or 0)
    return ask(p, 18, head + struct.pack('>QQ', stream_id, position))


def close(chunk, command):
    reply = ask(p, 20, struct.pack('>QQBI', chunk, 1700000200 + chunk, command is not None, command or 0), 8)
    return reply[:8], bytes.fromhex(p.rd(int(reply[8:], 16)))


for chunk, command, padding in ((1, 0, 7), (2, 2, 3), (3, 0, 0)):
    first = 2 * chunk
    say(f'chunk {chunk}', ask(p, 19, fc.chunk(chunk, 1700000100 + chunk)))
    say('index: changing', index(v.idx(data)))
    say('new streams: changing', told(v.news(session)))
    say('rotate', rotate(data, chunk, first, padding), rotate(metadata, chunk, 0, padding))
    say('close', *close(chunk - 1, command))
    say('index: nothing there', index(v.idx(data)))
    described(b'first')
    say('metadata: the same', v.meta(metadata))
    packet(first)
    say('index', index(v.idx(data)))
    say('packet', v.pkt(data, 0, 4096))
    described(b' and %d' % chunk)
    # What was told before is not told again.
    while True:
        length, status, text = v.meta(metadata)
        if status != 1:
            break
        say('metadata', text)
    packet(first + 1)
    say('index', index(v.idx(data)))
    beacon(1000 * chunk * 10, first + 1)
    say('index: beacon', index(v.idx(data)))
say('unknown chunk', ask(producer(), 21, struct.pack('>Q', 99), 5))
say('detach', v.detach(session), v.detach(session), v.detach(10**9))
say('sessions', listed())
say('rotate: unknown stream', rotate(10**9, 3, 0))
