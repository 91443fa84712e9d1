// Security keys: the browser's answer goes into the form's hidden field, and the form is sent.
"use strict";
(function () {
  const form = document.getElementById("webauthn");
  const data = document.getElementById("webauthn-data");
  if (!form || !data || !window.PublicKeyCredential) return;
  form.hidden = false;
  const shown = form.querySelector("[role=alert]:last-of-type");
  const creating = form.dataset.webauthn === "create";

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  }
  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function listed(credentials) {
    return (credentials || []).map((c) => ({ ...c, id: bytes(c.id) }));
  }
  function answer(credential) {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[name]) response[name] = text(given[name]);
    }
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }
  async function ask() {
    const told = JSON.parse(data.textContent);
    const options = (told.creation_options || told.request_options).publicKey;
    options.challenge = bytes(options.challenge);
    if (!creating) {
      options.allowCredentials = listed(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = listed(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }
  form.querySelector("button").addEventListener("click", async function () {
    shown.hidden = true;
    try {
      form.querySelector("[name=credential]").value = JSON.stringify(answer(await ask()));
      form.submit();
    } catch (error) {
      shown.textContent = "安全密钥没有回应或已取消；请重试。";
      shown.hidden = false;
    }
  });
})();
