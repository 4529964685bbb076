// Starts the rooms of a report in one file: the viewer's code and its data lie in the page.
const code = document.getElementById("viewer-code").textContent;
const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
import(address).then(({ mount }) => {
  for (const place of document.querySelectorAll("[data-room]")) {
    mount({ data: JSON.parse(place.querySelector("[data-of]").textContent), parentElement: place });
  }
});
