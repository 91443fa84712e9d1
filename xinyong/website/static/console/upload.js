// A file may be dropped onto its field. Without this script the field works as it is.
document.querySelectorAll("[data-drop]").forEach((area) => {
  const input = area.querySelector("input[type=file]");
  const told = area.querySelector("[data-dropped]");
  const show = () => {
    told.textContent = input.files.length ? `已选：${input.files[0].name}` : "";
  };
  const over = (on) => (event) => {
    event.preventDefault();
    area.classList.toggle("over", on);
  };
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) {
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      input.files = one.files;
      show();
    }
  });
  told.textContent = "也可以把文件拖到这里。";
  input.addEventListener("change", show);
});
