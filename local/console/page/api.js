// Requests to the console's server. What changes anything carries this run's token.

const token = document.querySelector('meta[name="console-token"]').content;

async function answered(response) {
  const body = await response.json().catch(() => ({ error: `the console answered ${response.status}` }));
  if (!response.ok) throw new Error(body.error);
  return body;
}

export async function read(path) {
  return answered(await fetch(path));
}

export async function act(path, fields) {
  return answered(
    await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-console-token": token },
      body: JSON.stringify(fields),
    }),
  );
}
