//! The metric of attempts to sign in, from the counters of [`SignIn`].

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use sign_in::SignIn;

/// A collector, asked at each scrape.
#[derive(Debug)]
pub(crate) struct SignInAttempts(pub(crate) SignIn);

impl Collector for SignInAttempts {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let attempts = self.0.attempts();
        let mut family = encoder.encode_descriptor(
            "sign_in_attempts",
            "Requests with a key or a one-time link, by whether it was right",
            None,
            MetricType::Counter,
        )?;
        for (result, count) in [("good", attempts.good), ("bad", attempts.bad)]
        {
            let counter = ConstCounter::new(count);
            counter.encode(family.encode_family(&[("result", result)])?)?;
        }
        Ok(())
    }
}
