"use strict";
// Sound at a click; without this the players beside each word do.
document.documentElement.classList.add("clicks");
let playing = null;
function stop() {
  if (!playing) return;
  playing.pause();
  for (const each of document.querySelectorAll(".playing")) each.classList.remove("playing");
  playing = null;
}
function start(sound) {
  stop();
  playing = sound;
  sound.currentTime = 0;
  for (const each of document.querySelectorAll(`[data-clip="${sound.id}"]`)) each.classList.add("playing");
  sound.onended = () => { if (playing === sound) stop(); };
  sound.play().catch(stop);
}
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-clip]");
  const sound = asked && document.getElementById(asked.dataset.clip);
  if (!sound) return;
  if (playing === sound && !sound.paused) stop(); else start(sound);
});
document.addEventListener("play", (event) => { if (event.target !== playing) stop(); }, true);
