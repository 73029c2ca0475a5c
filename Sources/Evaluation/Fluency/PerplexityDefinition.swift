/// What the perplexity of completions means: three definitions are in circulation, and none is named.
package enum PerplexityDefinition: String, ListedChoice {
  /// exp(NLL ÷ tokens) of each completion after its prompt, values from 10⁴ on left out, averaged.
  ///
  /// DExperts (Liu et al. 2021, https://arxiv.org/abs/2105.03023) and Quark (Lu et al. 2022), which SPUNGE
  /// follows.
  case dexperts
  /// exp(NLL ÷ tokens) of each completion alone after BOS, averaged: `perplexity` of
  /// huggingface/evaluate.
  case hfEvaluate = "hf_evaluate"
  /// exp(Σ NLL ÷ Σ tokens) of completions after their prompts.
  case corpus
  /// exp(Σ NLL ÷ Σ tokens) of completions alone after BOS.
  case corpusUnconditional = "corpus_unconditional"

  /// Whether completions are scored after their prompts.
  package var isConditional: Bool { [.dexperts, .corpus].contains(self) }

  /// Metric in tables.
  package var metric: String { "perplexity.\(rawValue)" }
}
