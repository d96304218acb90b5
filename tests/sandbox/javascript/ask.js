// Asks a shop with the official JavaScript client and prints what it got, as one line of JSON.
const { default: WooCommerceRestApi } = require("@woocommerce/woocommerce-rest-api");

async function main() {
  const [url, consumerKey, consumerSecret] = process.argv.slice(2);
  const api = new WooCommerceRestApi({ url, consumerKey, consumerSecret, version: "wc/v3", timeout: 10000 });
  const made = await api.post("products", { name: "Mug", sku: "JS-1", regular_price: "12.50", manage_stock: true, stock_quantity: 4 });
  const changed = await api.put(`products/${made.data.id}`, { stock_quantity: 9 });
  const batch = await api.post("products/batch", { create: [{ name: "Cup", sku: "JS-2" }, { name: "Cup", sku: "JS-2" }] });
  const listed = await api.get("products", { per_page: 1, include: [made.data.id, batch.data.create[0].id], orderby: "id", order: "asc" });
  const refused = await api.post("products", { name: "Double", sku: "js-1" }).catch((error) => error.response);
  const gone = await api.delete(`products/${made.data.id}`, { force: true });
  console.log(JSON.stringify({
    made: [made.status, made.data.price],
    changed: changed.data.stock_quantity,
    batch: batch.data.create.map((item) => (item.error ? item.error.code : item.sku)),
    listed: [listed.data.map((item) => item.sku), listed.headers["x-wp-total"], listed.headers["x-wp-totalpages"]],
    refused: [refused.status, refused.data.code, refused.data.data.resource_id === made.data.id],
    gone: [gone.status, gone.data.sku],
  }));
}

main().catch((error) => {
  console.error(error.response ? JSON.stringify(error.response.data) : error.stack);
  process.exit(1);
});
