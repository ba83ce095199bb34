//! Workloads with the sizes of a real city. Each measures the product and, in the same run on the same machine, a
//! baseline that does the bare minimum: raw statements or a plain computation. What is printed is the ratio, so that runs
//! of different machines can be compared. Nothing here fails because something is slow.

pub mod city;
pub mod report;
pub mod workload;

/// How large the workloads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// As small as makes sense: shows that the workloads still run.
    Tiny,
    /// A tenth of a city.
    Small,
    /// A city after five years.
    Full,
}

impl Size {
    /// Problems that are imported.
    #[must_use]
    pub fn imported(self) -> usize {
        match self {
            Self::Tiny => 60,
            Self::Small => 5_000,
            Self::Full => 50_000,
        }
    }

    /// Problems in the ledger.
    #[must_use]
    pub fn problems(self) -> usize {
        match self {
            Self::Tiny => 200,
            Self::Small => 10_000,
            Self::Full => 100_000,
        }
    }

    /// Tasks in the list.
    #[must_use]
    pub fn tasks(self) -> usize {
        match self {
            Self::Tiny => 60,
            Self::Small => 2_000,
            Self::Full => 20_000,
        }
    }

    /// Criteria of an edition that is matched or shared out.
    #[must_use]
    pub fn standards(self) -> usize {
        match self {
            Self::Tiny => 40,
            Self::Small => 150,
            Self::Full => 500,
        }
    }

    /// Sites of the round that is scored.
    #[must_use]
    pub fn sites(self) -> u64 {
        match self {
            Self::Tiny => 8,
            Self::Small => 120,
            Self::Full => 1_216,
        }
    }

    /// Earlier rounds, each of a third of the sites.
    #[must_use]
    pub fn rounds(self) -> usize {
        match self {
            Self::Tiny => 1,
            Self::Small => 6,
            Self::Full => 60,
        }
    }

    /// Photographs of the city.
    #[must_use]
    pub fn photographs(self) -> u64 {
        match self {
            Self::Tiny => 5_000,
            Self::Small => 100_000,
            Self::Full => 1_000_000,
        }
    }

    /// Phones that synchronise at once.
    #[must_use]
    pub fn phones(self) -> usize {
        match self {
            Self::Tiny => 3,
            Self::Small => 30,
            Self::Full => 300,
        }
    }

    /// One inspector's day: sites, items of each, photographs.
    #[must_use]
    pub fn day(self) -> (usize, usize, usize) {
        match self {
            Self::Tiny => (2, 3, 3),
            Self::Small => (8, 20, 20),
            Self::Full => (25, 20, 60),
        }
    }

    /// How often a page is asked for; the middle time counts.
    #[must_use]
    pub fn repeats(self) -> usize {
        match self {
            Self::Tiny => 1,
            Self::Small | Self::Full => 7,
        }
    }
}

/// The databases that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// A file in a temporary folder.
    Sqlite,
    /// The throw-away cluster of the tests.
    Postgres,
}
