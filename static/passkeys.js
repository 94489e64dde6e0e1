// Passkeys: a form with data-passkey asks the browser for one before it is sent. Without JavaScript it stays hidden.
//
// data-passkey is "create" or "get", data-challenge the address that answers with what the browser needs to know. The
// answer of the browser goes into the form's field `credential`, as JSON with its bytes in base64url.

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))

const text = buffer =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

const known = list => (list || []).map(each => ({ ...each, id: bytes(each.id) }))

async function ask(form) {
  const asked = await fetch(form.dataset.challenge, { method: 'POST' })
  if (!asked.ok) throw new Error(`The challenge was answered ${asked.status}.`)
  const options = await asked.json()
  options.challenge = bytes(options.challenge)
  if (form.dataset.passkey === 'create') {
    options.user.id = bytes(options.user.id)
    options.excludeCredentials = known(options.excludeCredentials)
    return navigator.credentials.create({ publicKey: options })
  }
  options.allowCredentials = known(options.allowCredentials)
  return navigator.credentials.get({ publicKey: options })
}

function written(credential) {
  const response = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
    if (credential.response[name]) response[name] = text(credential.response[name])
  const { id, type } = credential
  return JSON.stringify({ id, type, rawId: text(credential.rawId), response })
}

async function send(event) {
  event.preventDefault()
  const form = event.target, button = form.querySelector('button'), problem = form.querySelector('[role=alert]')
  problem.hidden = button.disabled = true
  try {
    form.elements.credential.value = written(await ask(form))
    form.submit()
  } catch {
    problem.hidden = button.disabled = false
  }
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.addEventListener('submit', send)
  form.hidden = false
  document.querySelectorAll('[data-without-passkeys]').forEach(each => { each.hidden = true })
}
