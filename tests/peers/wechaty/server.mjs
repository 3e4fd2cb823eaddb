// The peer of the WeChat tests: the real gRPC gateway (wechaty-puppet-service) in front of the mock puppet.
// What people do in WeChat is told to it over HTTP on loopback, JSON in and JSON out. One ready line on stdout.
import http from 'node:http'
import * as PUPPET from 'wechaty-puppet'
import { PuppetMock, mock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'
import { FileBox } from 'file-box'

const ME = 'wxid_linli'
const RULE = '- - - - - - - - - - - - - - -'
const run = Date.now().toString(36) // ids must be unique over restarts, as WeChat's are
let count = 0
const nextId = (kind) => `${kind}-${run}-${++count}`

const sent = []      // what we were asked to say
const asked = {}     // how often each message was asked for
const cards = new Map() // names in rooms (群昵称)
const mood = { refuse: '', refuse_files: '', slow: 0, deaf: false }
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

class Puppet extends PuppetMock {
  // The stock mock gives no id to what is said, and takes anything for anybody; real puppets do neither.
  async say (conversation, what, mentions = []) {
    if (!this.isLoggedIn) throw new Error('not logged in')
    if (mood.refuse) throw new Error(mood.refuse)
    const room = this.mocker.cacheRoomPayload.get(conversation)
    const person = this.mocker.cacheContactPayload.get(conversation)
    if (!room && !person) throw new Error(`no such conversation: ${conversation}`)
    if (room && !room.memberIdList.includes(ME)) throw new Error('not in this room')
    if (person && !person.friend) throw new Error('not a friend')
    const id = nextId('ours')
    const text = typeof what === 'string'
    if (!text && mood.refuse_files) throw new Error(mood.refuse_files)
    const row = { id, room: room ? conversation : null, to: room ? null : conversation, text: text ? what : '', mentions }
    if (!text) {
      const bytes = await what.toBuffer()
      row.file = { name: what.name, size: bytes.length, base64: bytes.toString('base64') }
    }
    sent.push(row)
    this.mocker.MessageMock.create({
      id, talkerId: ME, timestamp: Date.now(), text: row.text,
      type: text ? PUPPET.types.Message.Text : PUPPET.types.Message.Attachment,
      ...(room ? { roomId: conversation, mentionIdList: mentions } : { listenerId: conversation }),
    })
    this.emit('message', { messageId: id }) // WeChat echoes what is said from another device
    if (mood.slow) await pause(mood.slow)
    return id
  }

  async messageSendText (conversation, text, mentions) { return this.say(conversation, text, mentions) }
  async messageSendFile (conversation, file) { return this.say(conversation, file) }
  async messageImage (id) { return this.messageFile(id) } // the stock mock hands out a QR code
  async messagePayload (id) { asked[id] = (asked[id] ?? 0) + 1; return super.messagePayload(id) }
  async roomMemberList (room) { return this.mocker.roomPayload(room).memberIdList } // stock: nobody
  async roomMemberRawPayload (room, user) {
    const payload = await super.roomMemberRawPayload(room, user)
    return { ...payload, roomAlias: cards.get(`${room}/${user}`) ?? '' }
  }
  ding (data) { if (!mood.deaf) setTimeout(() => this.emit('dong', { data: data ?? '' }), 10) }
}

const mocker = new mock.Mocker()
const puppet = new Puppet({ mocker })
const bot = mocker.createContact({ id: ME, name: process.env.GW_NAME ?? '邻里', friend: true, phone: [] })
let loggedIn = process.env.GW_LOGGED_IN !== '0'
mocker.use(() => { // each time the puppet is started
  if (loggedIn && !puppet.isLoggedIn) mocker.login(bot)
  if (!loggedIn) puppet.emit('scan', { qrcode: 'a-code', status: PUPPET.types.ScanStatus.Waiting })
  return () => {}
})
puppet.on('error', () => {})

const roomOf = (id) => mocker.RoomMock.load(id)
const personOf = (id) => mocker.ContactMock.load(id)

function tell (m) {
  const id = m.id ?? nextId('theirs')
  const text = m.quote ? `「${m.quote.name}：${m.quote.text}」\n${RULE}\n${m.text ?? ''}` : m.text ?? ''
  if (!mocker.cacheMessagePayload.has(id)) {
    if (m.file) mocker.cacheFileBoxPayload.set(id, FileBox.fromBase64(m.file.base64, m.file.name).toJSON())
    mocker.MessageMock.create({
      id, talkerId: m.user, timestamp: m.at ?? Date.now(), text, filename: m.file?.name,
      type: PUPPET.types.Message[m.type ?? 'Text'],
      ...(m.room ? { roomId: m.room, mentionIdList: m.mentions ?? [] } : { listenerId: ME }),
    })
  }
  puppet.emit('message', { messageId: id }) // told again, it is the same message
  return { id }
}

function recall (m) {
  const xml = `<sysmsg type="revokemsg"><revokemsg><session>${m.room ?? ME}</session><msgid>1</msgid>` +
    `<newmsgid>${m.message}</newmsgid><replacemsg><![CDATA[撤回了一条消息]]></replacemsg></revokemsg></sysmsg>`
  return tell({ ...m, id: undefined, type: 'Recalled', text: m.xml ? xml : m.message })
}

const routes = {
  'POST /person': (b) => { mocker.createContact({ friend: true, phone: [], ...b }); return {} },
  'POST /room': (b) => { mocker.createRoom({ ownerId: b.members[0], adminIdList: [], id: b.id, topic: b.topic, memberIdList: [ME, ...b.members] }); return {} },
  'POST /card': (b) => { cards.set(`${b.room}/${b.user}`, b.name); return {} },
  'POST /say': tell,
  'POST /recall': recall,
  'POST /rename': (b) => { roomOf(b.room).topic(b.topic).by(personOf(b.by)); return {} },
  'POST /kick': (b) => { roomOf(b.room).remove(b.user ? personOf(b.user) : bot).by(personOf(b.by)); return {} },
  'POST /join': (b) => { roomOf(b.room).add(b.user ? personOf(b.user) : bot).by(personOf(b.by)); return {} },
  'POST /emit': (b) => { puppet.emit(b.event, b.payload); return {} },
  'POST /logout': async () => { loggedIn = false; await puppet.logout('test'); return {} },
  'POST /login': () => { loggedIn = true; mocker.login(bot); return {} },
  'POST /mood': (b) => Object.assign(mood, b),
  'GET /sent': () => sent,
  'GET /asked': () => asked,
  'GET /state': () => ({ loggedIn: puppet.isLoggedIn, listening: puppet.listenerCount('message') }),
}

const gateway = new PuppetServer({
  endpoint: `127.0.0.1:${process.env.GW_PORT}`, puppet, token: process.env.GW_TOKEN, tls: { disable: true },
})
await gateway.start()

const control = http.createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  response.setHeader('content-type', 'application/json')
  try {
    response.end(JSON.stringify(await routes[`${request.method} ${request.url}`](body ? JSON.parse(body) : {})))
  } catch (error) {
    response.statusCode = 400
    response.end(JSON.stringify({ error: String(error) }))
  }
})
control.listen(Number(process.env.GW_CONTROL), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })))
process.on('SIGTERM', () => process.exit(0))
