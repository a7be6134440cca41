//! Renders a chart from a program: `cargo run --example embed -- CHART [KEY=VALUE]`.

use chartwright::{Chart, Layer, Options, Values, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let chart = Chart::load(args.next().as_deref().unwrap_or("chart"))?;
    let layers: Vec<Layer> = args.map(Layer::Set).collect();
    let values = Values::build(&layers)?;
    let rendered = render(&chart, &values, &Options::default())?;
    print!("{}", rendered.text());
    Ok(())
}
