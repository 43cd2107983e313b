/** What `npm run keys -- --help` prints. */
export const HELP = `Members and keys of a running gateway.

  npm run keys -- add MEMBER         make a key; an unknown member is made. Prints the key, once
  npm run keys -- invite MEMBER      print a link that gives a colleague a key, once, within seven days
  npm run keys -- set KEY            change settings of a key: npm run keys -- set alice --rpm 60
  npm run keys -- list               all keys, those of the environment too; members without; open invites
  npm run keys -- show KEY           all settings of a key, and of its member
  npm run keys -- invites            invites that nobody has taken yet
  npm run keys -- rotate KEY         a new secret; --grace 1h: the old one works for that long
  npm run keys -- disable KEY        refuse it, until: npm run keys -- enable KEY
  npm run keys -- remove KEY         end it for good
  npm run keys -- import [FILE]      manage the keys of API_KEYS, or of a CSV file with NAME,KEY in each
                                     line: the same secrets, so that nobody changes a client
  npm run keys -- reset-admin        make a new admin password; needs REDIS_URL, or DATA_DIR
  npm run keys -- backup             copy the state of a running gateway without Redis to DATA_DIR/backup.db

A KEY is named by its name or id. With --member it is a member instead: add --member makes one without a
key, remove --member ends all keys and invites of one.

Settings, for add and set:
      --models 'glm-4.*,glm-5'       models that may be used; all
      --rpm 60                       requests per minute: of a key instead of RATE_LIMIT, of a member for all
                                     keys together; none
      --budget 20/month              US dollars in a month; also 140cny/week, 2000tokens/day, 50/total; several
                                     with commas; none. --hard ends open answers when it is used up
      --tpm 100000                   tokens per minute, input and output; none
      --in-flight 4                  requests that may be open at a time; none
      --class batch                  waits until no interactive request does; interactive
      --keep-responses no            no response is kept for later requests; yes
      --note TEXT
  of keys only
      --expires 90d | 2027-01-31     90 days from now, or a day (through its end, UTC); never
      --expires-after-use 30d        days from the first use; never
      --name NAME                    with add: in statistics and log; the member's id unless given
  of members only (--member)
      --role admin                   may change the team on the pages, with the own key; member
      --weight 2                     twice as much of the queue as 1
      --name TEXT                    for people

All commands take --json, to print the answer as JSON, and --url for a gateway that is neither at PUBLIC_URL nor
on this machine at PORT. ADMIN_PASSWORD is its password.
In the image: docker compose exec -e ADMIN_PASSWORD=… gateway node dist/cli/keys.js list
Exit code: 0 done, 1 refused, 2 wrong usage, 3 the gateway cannot be reached.`;
